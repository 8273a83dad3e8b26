"""Effective fields as pure functions of m and parameters, one energy term a file.

Common to all of them: the unit magnetisation m and the field H in A/m have the shape
(3, nz, nx, ny), parameters a shape that broadcasts to (nz, nx, ny) or (3, nz, nx, ny). M_s in A/m
has the shape (nz, nx, ny) and is 0 in vacuum. `periodic` is True for each periodic axis of x, y, z.
"""
