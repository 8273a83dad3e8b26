"""Functions for callers that do not use the methods of the device yet."""

from afterpulse.cards.experiment import Experiment
from afterpulse.device.device import Device


def in_plane_bias(device: Device, experiment: Experiment) -> float:
    """Call `Device.in_plane_bias`."""
    return device.in_plane_bias(experiment)


def initial_sign(experiment: Experiment) -> int:
    """Return `Experiment.initial_sign`."""
    return experiment.initial_sign


def critical_current_density(device: Device, experiment: Experiment) -> float:
    """Call `Device.critical_current_density`."""
    return device.critical_current_density(experiment)
