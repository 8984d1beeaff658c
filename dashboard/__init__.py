"""What people see: the Dash application, its pages, theme and languages."""
