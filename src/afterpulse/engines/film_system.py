"""A sample under torque as a micromagneticmodel.System."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.engines.magnet_system import Conditions, MagneticCells, magnet_system
from afterpulse.engines.quiet_film import scaled_anisotropy
from afterpulse.film import fields
from afterpulse.film.sample import Sample

if TYPE_CHECKING:
    import micromagneticmodel as mm


def film_system(
    device: Device,
    experiment: Experiment,
    sample: Sample,
    m: NDArray[np.float64],
    grain_state: NDArray[np.int8],
    conditions: Conditions,
) -> mm.System:
    """Build the system that an LLG engine drives over one segment.

    Parameters
    ----------
    device, experiment, sample : Device, Experiment, Sample
        Materials, applied field and film.
    m : ndarray, shape (nx, ny, 3)
        Unit magnetisation at the start.
    grain_state : ndarray, shape (grains,)
        -1 or 1; frozen over the segment.
    conditions : Conditions
        Of the segment.
    """
    kelvin, shape = conditions.temperature, sample.unit_index.shape
    bias = fields.exchange_bias_field(device, sample, grain_state, kelvin)
    magnetisation = float(device.saturation_magnetisation(kelvin))
    anisotropy = fields.uniaxial_anisotropy(device, sample.anisotropy_factor, kelvin)
    quiet = np.ones(shape) if conditions.quiet is None else conditions.quiet
    if conditions.quiet is not None:
        mesh = sample.cell, device.ferromagnet.thickness.value
        anisotropy = scaled_anisotropy(anisotropy, magnetisation, quiet, mesh)
    cells = MagneticCells(
        sample.cell,
        magnetisation / quiet,
        device.exchange_factor(kelvin) * fields.border_factor(device, sample, kelvin) / quiet**2,
        anisotropy,
        bias + np.array(experiment.applied_field),
        # A unit's critical current varies: here its torque does, inversely. Fluctuations take the
        # factor `quiet` off a torque as well as off the moment that it turns.
        1 / (quiet * sample.unit_threshold_factor[sample.unit_index]),
    )
    spin_current = conditions.thermal_current_density * float(np.mean(1 / quiet))
    return magnet_system(
        device, cells, m, replace(conditions, thermal_current_density=spin_current)
    )
