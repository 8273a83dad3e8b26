"""Workflow rule that draws the sample."""

import logging
from pathlib import Path

from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import GRID, reads
from afterpulse.datasets import read, save
from afterpulse.device import Device
from afterpulse.film import sample as samples
from afterpulse.film.random_streams import SAMPLE, stream

logger = logging.getLogger("afterpulse")


@reads(GRID, device=("ferromagnet", "antiferromagnet", "switching"))
def sample(device: Device, experiment: Experiment, target: str, sample_suffix: str = "") -> None:
    """Draw a sample of an experiment and store it.

    `sample_suffix` is empty for the first sample, and an underscore with the index for the others.
    """
    index = int(sample_suffix.removeprefix("_") or SAMPLE)
    drawn = samples.make_sample(device, experiment, stream(experiment.seed, index, 0, "sample"))
    logger.info(
        "%d FM units and %d AFM grains on %d x %d cells",
        drawn.unit_area.size,
        drawn.grain_area.size,
        *drawn.unit_index.shape,
    )
    save(samples.to_dataset(drawn), target, device, experiment)


def read_sample(path: str | Path) -> samples.Sample:
    """Read a sample."""
    return samples.from_dataset(read(path))
