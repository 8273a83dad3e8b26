"""The compact memory cell read off a device, for networks of spiking neurons.

`trains` simulates what the device does, `identify` fits the cell of `compact` to it, `cell` runs it
in JAX, `snntorch_module` in PyTorch, and `nir_graph` exports its linear part. docs/neuron.md
explains it.
"""
