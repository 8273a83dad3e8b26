"""Workflow rule that measures single units."""

from collections.abc import Sequence

from afterpulse.calibration import calibrate
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import LAYERS, LLG, reads
from afterpulse.datasets import read, save
from afterpulse.device import Device
from afterpulse.film.rules import read_sample


@reads(LAYERS, LLG, experiment=("engine", "calibration"))
def calibration(
    device: Device, experiment: Experiment, sample: str, target: str, same: Sequence[str] = ()
) -> None:
    """Measure by micromagnetics what the kinetics need of the units and store it.

    `same` has the calibration of another variant with the same content, or nothing.
    """
    dataset = read(same[0]) if same else calibrate(device, experiment, read_sample(sample))
    save(dataset, target, device, experiment)
