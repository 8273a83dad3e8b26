"""Compact memory-cell model fitted to a device, for networks of spiking neurons.

`trains` simulates a device, `identify` fits the model of `compact` to the readings, `cell` runs it
in JAX, `snntorch_module` in PyTorch, and `nir_graph` exports its linear part. See docs/neuron.md.
"""
