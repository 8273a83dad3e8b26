"""Hottest temperature of pulses, and the warning if the film is not perpendicular there."""

from collections.abc import Iterable

import numpy as np

from afterpulse.device import Device
from afterpulse.timeline.protocol import Point, TimedPulse


def hottest_temperature(device: Device, points: Iterable[Point]) -> float:
    """Return the hottest temperature (K) of the film over the pulses of some points."""
    trains = dict.fromkeys(point.pulses for point in points)
    rises = [largest_rise(device, pulses) for pulses in trains]
    return device.ambient_temperature + max(rises, default=0.0)


def largest_rise(device: Device, pulses: Iterable[TimedPulse]) -> float:
    """Return the largest temperature rise (K) of pulses: that at the end of one of them."""
    rise, largest = np.zeros(len(device.heat_path.stages)), 0.0
    for pulse in pulses:
        rise = device.stage_rise(rise, device.current_density(pulse.amplitude), pulse.width)
        largest = max(largest, float(rise.sum()))
        rise = device.stage_rise(rise, 0.0, pulse.wait)
    return largest


def perpendicular_warning(device: Device, experiment: str, hottest: float) -> str | None:
    """Return a warning if the film leaves its perpendicular state up to a temperature (K).

    `experiment` is the name of the experiment that heats the film so far.
    """
    # Hotter films have no magnetisation; the kinetics refuse them.
    curie = device.ferromagnet.curie_temperature.value
    lost = device.in_plane_temperature(min(hottest, curie))
    if lost is None:
        return None
    return (
        f"{device.name}: ferromagnet.effective_anisotropy: the film is not perpendicular from "
        f"{lost:.0f} K on, where mu_0 M_s^2/2 exceeds K_u, and {experiment} heats it to "
        f"{hottest:.0f} K; there the kinetics take K_eff V as it is and barriers as at least 0"
    )
