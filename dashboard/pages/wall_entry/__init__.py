"""How a display comes in without a person."""
