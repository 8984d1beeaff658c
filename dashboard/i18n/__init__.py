"""What the dashboard says, in each language."""
