"""Values and mathematics of space: no input or output, no clock, no logging, no global randomness."""
