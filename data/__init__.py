"""The database and everything that goes into or out of it."""
