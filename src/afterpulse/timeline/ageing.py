"""History of the device before the first pulse."""

from afterpulse.cards.experiment import Experiment, Mechanisms
from afterpulse.film.random_streams import SAMPLE, stream
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.segment import run_segment, step_ends
from afterpulse.kinetics.state import SegmentConditions, State, initial_state
from afterpulse.kinetics.treatment import treat


def aged_state(film: Film, experiment: Experiment, mechanisms: Mechanisms, replicate: int) -> State:
    """Return the state at the first pulse: set, prepared, then aged for the card's time.

    It is the same for all points of a replicate and a set of mechanisms.
    """
    state = initial_state(film, experiment)
    conditions = SegmentConditions.of_cards(film.device, experiment, mechanisms)
    for index, treatment in enumerate(experiment.preparation):
        random = stream(experiment.seed, SAMPLE, replicate, f"prepare {index}")
        treat(film, state, conditions, treatment, random)
    if experiment.ageing > 0:
        ends = step_ends(experiment.ageing, experiment.numerics.steps_per_decade)
        random = stream(experiment.seed, SAMPLE, replicate, "age")
        run_segment(film, state, conditions, ends, random)
    return state
