"""History of the device before the first pulse."""

from afterpulse.cards.experiment import Experiment, Mechanisms
from afterpulse.film.random_streams import stream
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.segment import run_segment, step_ends
from afterpulse.kinetics.state import SegmentConditions, State, initial_state
from afterpulse.kinetics.treatment import treat


def aged_state(
    film: Film, experiment: Experiment, mechanisms: Mechanisms, repeat: tuple[int, int]
) -> State:
    """Return the state at the first pulse: set, prepared, then aged for the card's time.

    `repeat` has the indices of the sample and of the replicate on it. The state is the same for all
    points of a repeat and a set of mechanisms.
    """
    state = initial_state(film, experiment)
    conditions = SegmentConditions.of_cards(film.device, experiment, mechanisms)
    for index, treatment in enumerate(experiment.preparation):
        random = stream(experiment.seed, *repeat, f"prepare {index}")
        treat(film, state, conditions, treatment, random)
    if experiment.ageing > 0:
        ends = step_ends(experiment.ageing, experiment.numerics.steps_per_decade)
        random = stream(experiment.seed, *repeat, "age")
        run_segment(film, state, conditions, ends, random)
    return state
