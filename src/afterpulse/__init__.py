"""What happens to an AFM/FM Hall bar after a spin-orbit-torque pulse."""

from importlib.metadata import version

__version__ = version("afterpulse")
