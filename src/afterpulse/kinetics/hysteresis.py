"""Hysteresis loops along z, and the exchange bias that they show."""

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Experiment, Hysteresis, Mechanisms
from afterpulse.device import Device
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.segment import State, run_segment


def loop_fields(hysteresis: Hysteresis) -> NDArray[np.float64]:
    """Fields of a loop in their order: down from the largest, and up again.

    Parameters
    ----------
    hysteresis : Hysteresis
        Of the experiment card.

    Returns
    -------
    ndarray, shape (2 steps,)
        Along z (T).
    """
    down = hysteresis.largest_field * (
        1 - 2 * np.arange(1, hysteresis.steps + 1) / hysteresis.steps
    )
    return np.concatenate([down, -down])


def hysteresis_loop(
    device: Device,
    experiment: Experiment,
    mechanisms: Mechanisms,
    film: Film,
    state: State,
    hysteresis: Hysteresis,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Magnetisation at the end of the dwell at each of `loop_fields`, on a copy of the film.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; the field's x and y components stay those of the card.
    mechanisms : Mechanisms
        Which of them act.
    film : Film
        From `film.make_film`.
    state : State
        Stays as it is. The film is saturated in the largest field first.
    hysteresis : Hysteresis
        The loop.
    random : numpy.random.Generator
        Of this loop alone.

    Returns
    -------
    ndarray, shape (2 steps,)
        <m_z>.
    """
    state = deepcopy(state)
    fields = loop_fields(hysteresis)
    magnetisation = np.empty(fields.size + 1)
    for number, field in enumerate([hysteresis.largest_field, *fields]):
        at_field = experiment.model_copy(
            update={"applied_field": (*experiment.applied_field[:2], float(field))}
        )
        run_segment(
            device,
            at_field,
            mechanisms,
            film,
            state,
            0.0,
            np.array([hysteresis.dwell]),
            random,
        )
        magnetisation[number] = state.unit_state @ film.unit_share
    return magnetisation[1:]


def shift_and_coercivity(
    fields: NDArray[np.float64], magnetisation: NDArray[np.float64]
) -> tuple[float, float]:
    """Exchange-bias field and coercive field of a loop.

    Parameters
    ----------
    fields, magnetisation : ndarray, shape (2 steps,)
        From `loop_fields` (T) and `hysteresis_loop`.

    Returns
    -------
    exchange_bias : float
        Minus the middle between the fields at which the two branches pass through zero (T): the
        field that the antiferromagnet adds to the applied one. NaN where a branch does not.
    coercivity : float
        Half their distance (T).
    """
    half = fields.size // 2
    down = _zero(fields[:half], magnetisation[:half], -1)
    up = _zero(fields[half:], magnetisation[half:], 1)
    return -(down + up) / 2, (up - down) / 2


def _zero(fields: NDArray[np.float64], magnetisation: NDArray[np.float64], sign: int) -> float:
    """Field at which a branch first passes through zero in a direction; NaN where it does not."""
    signed = sign * magnetisation
    passed = np.flatnonzero((signed[:-1] < 0) & (signed[1:] >= 0))
    if passed.size == 0:
        return float("nan")
    before, after = passed[0], passed[0] + 1
    share = signed[before] / (signed[before] - signed[after])
    return float(fields[before] + share * (fields[after] - fields[before]))
