"""A sample under torque as a micromagneticmodel.System."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.engines.magnet_system import magnet_system
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
    temperature: float,
    current_density: float,
    thermal_current_density: float,
) -> mm.System:
    """Build the system that an LLG engine drives over one segment.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    sample : Sample
        The film.
    m : ndarray, shape (nx, ny, 3)
        Unit magnetisation to start from.
    grain_state : ndarray, shape (grains,)
        -1 or 1; frozen over the segment.
    temperature : float
        K, constant over the segment.
    current_density : float
        In the spin-Hall layer, along x (A/m²).
    thermal_current_density : float
        Spin current of the heat flux in charge units (A/m²).

    Returns
    -------
    micromagneticmodel.System
        With all terms, whatever their size, so that systems of a batch are alike.
    """
    exchange = fields.exchange_factor(device, temperature) * fields.border_factor(device, sample)
    bias = fields.exchange_bias_field(device, sample, grain_state, temperature)
    return magnet_system(
        device,
        sample.cell,
        np.full(sample.unit_index.shape, fields.saturation_magnetisation(device, temperature)),
        exchange,
        fields.uniaxial_anisotropy(device, sample.anisotropy_factor, temperature),
        bias + np.array(experiment.applied_field),
        m,
        temperature,
        current_density,
        # A unit's critical current varies; here that is the torque that it gets from the current.
        1 / sample.unit_threshold_factor[sample.unit_index],
        thermal_current_density,
    )
