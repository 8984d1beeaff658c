"""The remote: what walls show, told from a desk or a phone."""
