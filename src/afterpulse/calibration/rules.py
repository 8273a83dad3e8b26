"""Workflow rule that measures single units."""

from afterpulse.calibration import calibrate
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import LAYERS, LLG, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.film.rules import read_sample


@reads(LAYERS, LLG, experiment=("engine", "calibration"))
def calibration(device: Device, experiment: Experiment, sample: str, target: str) -> None:
    """Measure by micromagnetics what the kinetics need of the units and store it."""
    dataset = calibrate(device, experiment, read_sample(sample))
    save(dataset, target, device, experiment)
