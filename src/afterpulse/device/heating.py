"""Functions for callers that do not use the methods of the device yet."""

import numpy as np
from numpy.typing import NDArray

from afterpulse.device.device import Device


def chain(device: Device) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return `Device.thermal_resistances` and `Device.thermal_time_constants`."""
    return device.thermal_resistances, device.thermal_time_constants


def power(device: Device, current_density: float) -> float:
    """Call `Device.areal_power`."""
    return device.areal_power(current_density)
