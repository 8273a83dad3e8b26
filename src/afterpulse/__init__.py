"""Simulation of an AFM/FM Hall bar during and after a spin-orbit-torque pulse."""

from importlib.metadata import version

__version__ = version("afterpulse")
