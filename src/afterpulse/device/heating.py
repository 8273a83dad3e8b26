"""A device's heat path as arrays for `afterpulse.device.heat_path`."""

import numpy as np
from numpy.typing import NDArray

from afterpulse.device import heat_path
from afterpulse.device.device import Device


def chain(device: Device) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Resistances (K m²/W) and time constants (s) of the stages, each of shape (stages,)."""
    stages = device.heat_path.stages
    return (
        np.array([stage.resistance.value for stage in stages]),
        np.array([stage.time_constant.value for stage in stages]),
    )


def power(device: Device, current_density: float) -> float:
    """Areal power (W/m²) of a current density in the spin-Hall layer (A/m²)."""
    return float(
        heat_path.areal_power(
            current_density,
            device.spin_hall_layer.resistivity.value,
            device.heat_path.heated_thickness.value,
        )
    )
