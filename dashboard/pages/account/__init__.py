"""The page on which everybody manages their own account."""
