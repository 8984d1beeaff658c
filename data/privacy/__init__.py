"""Keeping numbers and addresses of people out of everything that is stored, logged or shown."""
