"""Effective fields, one energy term a file, as pure functions of m and parameters."""
