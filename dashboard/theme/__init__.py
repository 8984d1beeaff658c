"""How the dashboard looks: tokens, Mantine theme, chart theme."""
