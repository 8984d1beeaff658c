"""The page on which zones are planned."""
