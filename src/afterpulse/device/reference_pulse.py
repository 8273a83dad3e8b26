"""Thermal spin current after a reference pulse, and the one that would hold the film."""

from typing import NamedTuple

import numpy as np

from afterpulse.device.device import Device
from afterpulse.device.thermal_spin_torque import persisting_spin_current

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
    density = device.critical_current_density
    at_end = device.stage_rise(np.zeros(device.thermal_resistances.size), density, WIDTH)
    delays = np.array(list(DELAYS.values()))
    rises = device.stage_rise(at_end, 0.0, delays[:, None])
    flux = device.interface_heat_flux(0.0, device.heating_rate(rises, 0.0))
    available = device.spin_current_density(flux)
    persistence = device.thermal_spin_torque.spin_current_persistence.value
    if persistence is not None:
        flux_at_end = device.interface_heat_flux(density, device.heating_rate(at_end, density))
        driven = float(device.spin_current_density(flux_at_end))
        available = persisting_spin_current(driven, delays, persistence)
    return ThermalSpinCurrents(
        float(device.holding_spin_current(device.ambient_temperature)),
        dict(zip(DELAYS, flux.tolist(), strict=True)),
        dict(zip(DELAYS, available.tolist(), strict=True)),
    )
