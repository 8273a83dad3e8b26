"""Thermal spin current after a reference pulse, and the one that would hold the film."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterpulse.device.device import Device
from afterpulse.device.thermal_spin_torque import persisting_spin_current

Array = NDArray[np.float64]

WIDTH = 1e-3
"""Width of the reference pulse of 1 I_c (s)."""
DELAYS = {"1 ms": 1e-3, "0.5 s": 0.5, "10 s": 10.0}
"""Times after its end (s)."""


class ThermalSpinCurrents(NamedTuple):
    """Thermal spin currents of a device.

    Attributes
    ----------
    holding : float
        Balances the exchange bias of set grains at the ambient temperature (A/m²).
    heat_flux : dict
        Through the AFM/FM interface towards the substrate, by delay (W/m²).
    available : dict
        That the pulse leaves, by delay (A/m²); positive favours the polarisation of the card.
    """

    holding: float
    heat_flux: dict[str, float]
    available: dict[str, float]


def after_reference_pulse(device: Device) -> ThermalSpinCurrents:
    """Return the spin currents after a pulse of 1 I_c and 1 ms from the ambient temperature."""
    density, delays = device.critical_current_density, np.array(list(DELAYS.values()))
    flux, available = after_pulse(device, density, WIDTH, delays)
    return ThermalSpinCurrents(
        float(device.holding_spin_current(device.ambient_temperature)),
        dict(zip(DELAYS, flux.tolist(), strict=True)),
        dict(zip(DELAYS, available.tolist(), strict=True)),
    )


def after_pulse(device: Device, density: float, width: float, delays: Array) -> tuple[Array, Array]:
    """Return heat flux (W/m²) and thermal spin current (A/m²) after a pulse from the ambient.

    Parameters
    ----------
    density, width : float
        Current density (A/m²) and width (s) of the pulse.
    delays : ndarray, shape (delays,)
        Times after its end (s).
    """
    at_end = device.stage_rise(np.zeros(device.thermal_resistances.size), density, width)
    rises = device.stage_rise(at_end, 0.0, delays[:, None])
    flux = device.interface_heat_flux(0.0, device.heating_rate(rises, 0.0))
    available = device.spin_current_density(flux)
    persistence = device.thermal_spin_torque.spin_current_persistence.value
    if persistence is not None:
        flux_at_end = device.interface_heat_flux(density, device.heating_rate(at_end, density))
        driven = float(device.spin_current_density(flux_at_end))
        available = persisting_spin_current(driven, delays, persistence)
    return np.asarray(flux), np.asarray(available)
