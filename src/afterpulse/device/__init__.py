"""The physics laws, one effect a file, and the device that applies them to its card."""

from afterpulse.device.device import Device, load_device

__all__ = ["Device", "load_device"]
