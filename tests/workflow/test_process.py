"""Inputs of a job are compared with the cards and the file names that they were computed for."""

import shutil
from pathlib import Path

import pytest
import xarray as xr
import yaml

from afterpulse import datasets
from afterpulse.cards import load_experiment
from afterpulse.cards.sections import Sections, declaration
from afterpulse.device import load_device
from afterpulse.film import rules
from afterpulse.workflow import process as workflow_job
from afterpulse.workflow.run import readable_cards

ROOT = Path(__file__).parents[2]
CARDS = (
    load_device(ROOT / "devices/pt_co_irmn.yaml"),
    load_experiment(ROOT / "experiments/tiny.yaml"),
)


@pytest.fixture
def sample(tmp_path):
    cards = readable_cards(CARDS, rules.sample, Sections())
    rules.sample(*cards, str(tmp_path / "sample.nc"))
    return tmp_path / "sample.nc"


def edited(folder, change):
    """Experiment card with a change."""
    card = yaml.safe_load((ROOT / "experiments/tiny.yaml").read_text())
    change(card)
    (folder / "tiny.yaml").write_text(yaml.safe_dump(card))
    return load_experiment(folder / "tiny.yaml")


def test_inputs_of_the_same_cards_pass(sample, tmp_path):
    inherited = workflow_job.check_inputs([str(sample), "plan.csv"], *CARDS)
    assert inherited == declaration(rules.sample).sections
    # The sample does not depend on titles and pulses.
    other = edited(tmp_path, lambda card: card.update(title="Another title", trains={}))
    workflow_job.check_inputs([str(sample)], CARDS[0], other)


def test_input_of_other_cards_is_refused(sample, tmp_path):
    other = edited(tmp_path, lambda card: card.update(seed=card["seed"] + 1))
    with pytest.raises(datasets.OutdatedError, match=r"sample\.nc: computed from other cards than"):
        workflow_job.check_inputs([str(sample)], CARDS[0], other)


def test_input_that_was_swapped_is_refused(sample, tmp_path):
    shutil.copy(sample, tmp_path / "calibration.nc")
    with pytest.raises(
        datasets.OutdatedError, match=r"calibration\.nc: holds the data of sample\.nc"
    ):
        workflow_job.check_inputs([str(tmp_path / "calibration.nc")], *CARDS)


def test_foreign_and_damaged_inputs_are_refused(sample):
    raw = sample.read_bytes()
    sample.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(datasets.OutdatedError, match=r"sample\.nc: damaged or cut short"):
        workflow_job.check_inputs([str(sample)], *CARDS)
    xr.Dataset({"x": 1}).to_netcdf(sample, engine="h5netcdf")
    with pytest.raises(datasets.OutdatedError, match=r"sample\.nc: not a dataset of this workflow"):
        workflow_job.check_inputs([str(sample)], *CARDS)
