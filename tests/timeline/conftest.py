"""Cards of whole pulses by LLG, as a bench and as the files of a job."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.cards.sections import Sections
from afterpulse.film.sample import make_sample, to_dataset
from afterpulse.kinetics.film import macrospin
from afterpulse.timeline import rules
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.plan import plan, write_plan
from afterpulse.workflow.run import readable_cards

WHOLE = {
    "replicates": 1,
    "compare": {},
    "trains": {},
    "hysteresis": None,
    "blocking": None,
    "inference": None,
    "numerics.window": "100 nm",
    "numerics.cell": "6.25 nm",
    "numerics.llg_time_step": "250 fs",
    "numerics.micromagnetics": "throughout",
    "numerics.rise_time": "20 ps",
    "numerics.output_interval": "50 ps",
    "sweep.pulse_amplitude": ["1.5 I_c"],
    "sweep.pulse_width": ["300 ps"],
    "sweep.probe_delay": "200 ps",
    "sweep.duration": "500 ps",
    "sweep.initialise": ["each"],
    "sweep.refine": None,
}


def upright(sample):
    up = np.zeros((*sample.unit_index.shape, 3))
    up[..., 2] = 1.0
    return up


@pytest.fixture
def bench(device_card, experiment_card):
    """Function that returns the bench of cards of whole pulses with some values replaced."""

    def make(changes, device_changes=None):
        device = device_card(device_changes)
        experiment = experiment_card(WHOLE | changes)
        sample = make_sample(device, experiment, np.random.default_rng(4))
        return Bench.of_sample(device, experiment, sample, upright(sample), macrospin(device))

    return make


@pytest.fixture
def chunk_job(device_card, experiment_card, made_calibration, tmp_path):
    """Function that writes the inputs of the only chunk of such cards and returns its job.

    The job takes a folder and writes the trajectories and, by default, the fields of the chunk.
    Its attributes are the cards, the input files, and a function of a folder that returns what
    follows the cards among the arguments of the rule.
    """

    def make(changes):
        cards = device_card(), experiment_card(WHOLE | changes)
        table = plan(*cards, None)
        (chunk,) = set(table["chunk"])
        inputs = [str(tmp_path / name) for name in ("sample.nc", "ground.nc", "calibration.nc")]
        sample = make_sample(*cards, np.random.default_rng(4))
        up = upright(sample)
        names = {f"magnetisation_{axis}": (("x", "y"), up[..., i]) for i, axis in enumerate("xyz")}
        for dataset, path in zip(
            (to_dataset(sample), xr.Dataset(names), made_calibration), inputs, strict=True
        ):
            datasets.save(dataset, path, *cards)
        write_plan(table, tmp_path / "plan.csv")
        restricted = readable_cards(cards, rules.trajectories, Sections())

        def files(folder):
            outputs = [str(folder / kind / f"{chunk}.nc") for kind in ("trajectories", "fields")]
            return str(tmp_path / "plan.csv"), *inputs, chunk, *outputs

        def job(folder, fields=True):
            rules.trajectories(*restricted, *files(folder)[: None if fields else -1])
            return [Path(path) for path in files(folder)[-2:]]

        job.cards, job.files, job.inputs = cards, files, inputs
        return job

    return make
