"""Open311 GeoReport v2, in both directions: what is told to other programs, and what is pulled from other cities."""
