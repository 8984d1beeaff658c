"""Readers: one question to the database, frozen rows back."""
