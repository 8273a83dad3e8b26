"""A random sample of a device: grains, FM units and what acts on each cell."""
