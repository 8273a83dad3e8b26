"""Blocking temperatures by thermal activation against a reversed ferromagnet (York protocol)."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from afterpulse.cards.experiment import Blocking, Experiment, Hysteresis, Mechanisms, Treatment
from afterpulse.device import Device
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.hysteresis import hysteresis_loop
from afterpulse.kinetics.segment import State, exchange_bias_at
from afterpulse.kinetics.treatment import treat


def activated_loops(
    device: Device,
    experiment: Experiment,
    mechanisms: Mechanisms,
    film: Film,
    prepared: State,
    blocking: Blocking,
    hysteresis: Hysteresis,
    random: Callable[[str], np.random.Generator],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hysteresis loops at the ambient temperature after activation at each temperature.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    mechanisms : Mechanisms
        Which of them act.
    film : Film
        From `film.make_film`.
    prepared : State
        Set film, from which each activation starts anew; it stays as it is.
    blocking : Blocking
        Temperatures, field and time.
    hysteresis : Hysteresis
        The loop.
    random : callable
        Gives the generator of what it is told the name of.

    Returns
    -------
    loops : ndarray, shape (temperatures, 2 hysteresis.steps)
        <m_z> at `hysteresis.loop_fields`.
    exchange_bias_field : ndarray, shape (temperatures,)
        Mean of the grains' field over the film before the loop (T).

    Raises
    ------
    CardError
        If the film gets hotter than its Curie temperature.

    Notes
    -----
    O'Grady, Fernandez-Outon and Vallejo-Fernandez, J. Magn. Magn. Mater. 322, 883 (2010).
    """
    loops, bias = [], []
    ambient = device.heat_path.ambient_temperature.value
    for kelvin in blocking.activation_temperature:
        state, name = deepcopy(prepared), f"activate {kelvin!r} K"
        for step, end, duration in (
            ("heated", kelvin, blocking.activation_time),
            ("cooled", ambient, blocking.cooling_time),
        ):
            treatment = Treatment.model_construct(
                start_temperature=kelvin,
                end_temperature=end,
                applied_field=(0.0, 0.0, blocking.activation_field),
                duration=duration,
            )
            stream = random(f"{name} {step}")
            treat(device, experiment, mechanisms, film, state, treatment, stream)
        bias.append(exchange_bias_at(device, film, state.grain_state, ambient))
        loops.append(
            hysteresis_loop(
                device,
                experiment,
                mechanisms,
                film,
                state,
                hysteresis,
                random(f"{name} hysteresis"),
            )
        )
    return np.array(loops), np.array(bias)
