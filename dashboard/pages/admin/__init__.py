"""The page on which administrators manage accounts."""
