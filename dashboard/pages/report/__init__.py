"""The page behind a code that hangs in a grid: people report from there without an account."""
