"""The cards and folders that a configuration of the workflow names, and its faults."""

import shutil
from pathlib import Path

import pytest

from afterpulse.cards import CardError
from afterpulse.workflow.configuration import command, configured

ROOT = Path(__file__).parents[2]


def test_default_cards_and_their_folder():
    run = configured({}, ROOT)
    assert run.results == "results/pt_co_irmn/demo"
    assert run.cards == {run.results: (run.device, run.experiment)}
    assert run.variants == {}


def test_other_engine_has_a_folder_of_its_own():
    run = configured({"experiment": "tiny", "engine": "oommf"}, ROOT)
    assert run.results == "results/pt_co_irmn/tiny_oommf"
    assert run.experiment.engine == "oommf"


def test_each_variant_has_a_folder(tmp_path):
    for name in ("devices", "experiments"):
        shutil.copytree(ROOT / name, tmp_path / name)
    card = tmp_path / "experiments/tiny.yaml"
    card.write_text(card.read_text() + "\nvary: {grid: {experiment.seed: [1, 2]}}\n")
    run = configured({"experiment": "tiny"}, tmp_path)
    assert list(run.cards) == [f"{run.results}/variants/{name}" for name in run.variants]
    assert [experiment.seed for _, experiment in run.cards.values()] == [1, 2]


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"devcie": "x", "colour": 1}, "config 'devcie': expected device, got an unknown key"),
        ({"experiment": "../tiny"}, "config experiment: expected the name of a card"),
        ({"device": "no_such_card"}, "no_such_card.yaml: expected a card, got no such file"),
        ({"engine": "magnum"}, "engine: expected 'embedded', 'oommf' or 'mumax3', got 'magnum'"),
        ({"mnist": "no_such_file.npz"}, "config mnist: expected an .npz file, got"),
    ],
)
def test_faults_of_a_configuration(config, fault):
    with pytest.raises(CardError) as caught:
        configured(config, ROOT)
    assert fault in str(caught.value)


def test_command_quotes_what_a_user_typed():
    config = {"device": "pt_co_irmn", "mnist": "a $(touch b).npz", "cards": {}}
    assert command(config, "--forcerun", "results/x.nc") == (
        "snakemake --cores 2 --config device=pt_co_irmn 'mnist=a $(touch b).npz' "
        "--forcerun results/x.nc"
    )
    assert command({}) == "snakemake --cores 2"
