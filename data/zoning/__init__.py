"""Files of units and of plans: what the zoning engine reads and writes."""
