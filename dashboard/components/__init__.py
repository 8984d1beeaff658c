"""Dash components of our own."""
