"""The device's history before the first pulse."""

from afterpulse.cards.experiment import Experiment, Mechanisms
from afterpulse.device import Device
from afterpulse.film.random_streams import SAMPLE, stream
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.segment import State, initial_state, run_segment, step_ends
from afterpulse.kinetics.treatment import treat


def aged_state(
    device: Device, experiment: Experiment, mechanisms: Mechanisms, film: Film, replicate: int
) -> State:
    """State at the first pulse: set, prepared, then left alone for the card's ageing time.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    mechanisms : Mechanisms
        Which of them act.
    film : Film
        From `film.make_film`.
    replicate : int
        Which repeat.

    Returns
    -------
    State
        The same for all points of a replicate.
    """
    state = initial_state(device, experiment, film)
    for number, treatment in enumerate(experiment.preparation):
        random = stream(experiment.seed, SAMPLE, replicate, f"prepare {number}")
        treat(device, experiment, mechanisms, film, state, treatment, random)
    if experiment.ageing > 0:
        run_segment(
            device,
            experiment,
            mechanisms,
            film,
            state,
            0.0,
            step_ends(experiment.ageing, experiment.numerics.steps_per_decade),
            stream(experiment.seed, SAMPLE, replicate, "age"),
        )
    return state
