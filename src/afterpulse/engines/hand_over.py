"""From the states of FM units to a magnetisation field and back."""

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.engines import Engine
from afterpulse.engines.film_system import film_system
from afterpulse.film.sample import Sample

# Walls between units take their shape within it at RELAXING_DAMPING; no unit reverses.
RELAXATION = 0.1e-9
RELAXING_DAMPING = 1.0


def to_field(
    sample: Sample, unit_state: NDArray[np.int8], ground_state: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Magnetisation of a film whose units are in given states.

    Parameters
    ----------
    sample : Sample
        The units.
    unit_state : ndarray, shape (units,)
        Signs of m_z.
    ground_state : ndarray, shape (nx, ny, 3)
        Relaxed film; it gives the size of each component and the in-plane part.

    Returns
    -------
    ndarray, shape (nx, ny, 3)
        Unit vectors.
    """
    field = ground_state.copy()
    field[..., 2] = np.abs(field[..., 2]) * unit_state[sample.unit_index]
    return field


def relaxed(
    engine: Engine,
    device: Device,
    experiment: Experiment,
    sample: Sample,
    fields: list[NDArray[np.float64]],
    grain_states: list[NDArray[np.int8]],
    temperatures: list[float],
) -> list[NDArray[np.float64]]:
    """Let fields from `to_field` settle by a short LLG without current and thermal field.

    Parameters
    ----------
    engine : Engine
        Of the experiment.
    device, experiment : Device, Experiment
        The cards.
    sample : Sample
        The film.
    fields : list of ndarray, shape (nx, ny, 3)
        Unit vectors.
    grain_states : list of ndarray, shape (grains,)
        -1 or 1, one array a field.
    temperatures : list of float
        Of the film's parameters (K), one a field.

    Returns
    -------
    list of ndarray, shape (nx, ny, 3)
        Unit vectors.
    """
    systems = []
    for m, grain_state, temperature in zip(fields, grain_states, temperatures, strict=True):
        system = film_system(device, experiment, sample, m, grain_state, temperature, 0.0, 0.0)
        system.T = 0
        system.dynamics.damping.alpha = RELAXING_DAMPING
        systems.append(system)
    settled = engine(systems, RELAXATION, 1, [0] * len(systems), experiment.numerics)
    return [driven.m for driven in settled]


def to_units(sample: Sample, m: NDArray[np.floating]) -> NDArray[np.int8]:
    """State of each unit, the sign of its mean m_z.

    Parameters
    ----------
    sample : Sample
        The units.
    m : ndarray, shape (nx, ny, 3)
        Unit magnetisation.

    Returns
    -------
    ndarray of int8, shape (units,)
        -1 or 1.
    """
    total = np.bincount(sample.unit_index.ravel(), m[..., 2].ravel().astype(float))
    return np.where(total < 0, -1, 1).astype(np.int8)
