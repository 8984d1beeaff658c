"""Redrawing a plan of zones by hand: immutable plans, moves, and what each move changes."""
