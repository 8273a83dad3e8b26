"""Workflow rule that measures single units."""

from afterpulse import datasets
from afterpulse.calibration import calibrate
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import LAYERS, LLG, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.film import sample as samples


@reads(LAYERS, LLG, experiment=("engine", "calibration"))
def calibration(device: Device, experiment: Experiment, sample: str, target: str) -> None:
    """Measure by micromagnetics what the kinetics need of the units and store it."""
    dataset = calibrate(device, experiment, samples.from_dataset(datasets.read(sample)))
    save(dataset, target, device, experiment)
