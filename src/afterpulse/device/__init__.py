"""Pure functions on SI floats and arrays, one effect a file."""
