"""A device's history without current: field cooling, setting, thermal activation."""

import numpy as np

from afterpulse.cards.experiment import Experiment, Mechanisms, Treatment
from afterpulse.device import Device
from afterpulse.kinetics.film import Film
from afterpulse.kinetics.segment import State, run_segment

# Steps of constant temperature. Cooled over 350 K, that is 6 K a step: the rate of an element
# that is just freezing changes by less than half within it.
STEPS = 60


def treat(
    device: Device,
    experiment: Experiment,
    mechanisms: Mechanisms,
    film: Film,
    state: State,
    treatment: Treatment,
    random: np.random.Generator,
) -> None:
    """Carry a state over a treatment, in place.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards; ambient temperature and applied field are the treatment's.
    mechanisms : Mechanisms
        Which of them act.
    film : Film
        From `film.make_film`.
    state : State
        Changed.
    treatment : Treatment
        Its temperature goes in a straight line.
    random : numpy.random.Generator
        Of this treatment alone.

    Raises
    ------
    CardError
        If the film gets hotter than its Curie temperature.
    """
    under_field = experiment.model_copy(update={"applied_field": treatment.applied_field})
    course = (np.arange(STEPS) + 0.5) / STEPS
    rise = treatment.end_temperature - treatment.start_temperature
    for kelvin in treatment.start_temperature + rise * course:
        run_segment(
            at_temperature(device, float(kelvin)),
            under_field,
            mechanisms,
            film,
            state,
            0.0,
            np.array([treatment.duration / STEPS]),
            random,
        )


def at_temperature(device: Device, kelvin: float) -> Device:
    """Device with another ambient temperature (K)."""
    path = device.heat_path
    ambient = path.ambient_temperature.model_copy(update={"value": kelvin})
    heat_path = path.model_copy(update={"ambient_temperature": ambient})
    return device.model_copy(update={"heat_path": heat_path})
