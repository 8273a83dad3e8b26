"""Workflow rule that measures single units."""

import logging
from pathlib import Path

from afterpulse import __version__
from afterpulse.calibration import calibrate
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import (
    LAYERS,
    LLG,
    Sections,
    digest,
    reads,
    record,
    stored_content,
)
from afterpulse.datasets import DatasetError, read, save
from afterpulse.device import Device
from afterpulse.film.rules import read_sample

logger = logging.getLogger("afterpulse")


@reads(LAYERS, LLG, experiment=("engine", "calibration"))
def calibration(
    device: Device, experiment: Experiment, sample: str, target: str, shared: str = ""
) -> None:
    """Measure by micromagnetics what the kinetics need of the units and store it.

    With a folder `shared` the calibration of the same content is taken from there, or put there.
    """
    cached = Path(shared) / f"{content_digest(device, experiment)}.nc" if shared else None
    dataset = None
    if cached is not None and cached.exists():
        try:
            dataset = read(str(cached))
        except DatasetError as error:
            logger.warning("%s: measured again", error)
    if dataset is None:
        dataset = calibrate(device, experiment, read_sample(sample))
        if cached is not None:
            cached.parent.mkdir(parents=True, exist_ok=True)
            save(dataset, str(cached), device, experiment)
    save(dataset, target, device, experiment)


def content_digest(device: Device, experiment: Experiment) -> str:
    """Return a name that follows from all that the calibration depends on."""
    (device_card, of_device), (experiment_card, of_experiment) = record(device), record(experiment)
    sections = Sections(of_device, of_experiment)
    return digest(stored_content(device_card, experiment_card, __version__, sections))
