"""Workflow rule that draws the sample."""

import logging

from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import GRID, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.film import sample as samples
from afterpulse.film.random_streams import SAMPLE, stream

logger = logging.getLogger("afterpulse")


@reads(GRID, device=("ferromagnet", "antiferromagnet", "switching"))
def sample(device: Device, experiment: Experiment, target: str) -> None:
    """Draw the sample of an experiment and store it."""
    drawn = samples.make_sample(device, experiment, stream(experiment.seed, SAMPLE, 0, "sample"))
    logger.info(
        "%d FM units and %d AFM grains on %d x %d cells",
        drawn.unit_area.size,
        drawn.grain_area.size,
        *drawn.unit_index.shape,
    )
    save(samples.to_dataset(drawn), target, device, experiment)
