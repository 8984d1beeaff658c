"""Pure functions from values to components."""
