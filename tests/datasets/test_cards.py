from pathlib import Path

import pytest

from afterpulse.cards import load_experiment
from afterpulse.datasets.cards import write_card
from afterpulse.device import load_device

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("path", "load"),
    [("devices/pt_co_irmn.yaml", load_device), ("experiments/tiny.yaml", load_experiment)],
)
def test_card_reads_back_and_is_written_once(tmp_path, path, load):
    card = load(ROOT / path)
    target = tmp_path / "cards" / Path(path).name
    write_card(card, target)
    assert load(target) == card
    written = target.stat().st_mtime_ns
    write_card(card, target)
    assert target.stat().st_mtime_ns == written
