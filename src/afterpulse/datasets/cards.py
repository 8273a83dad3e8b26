"""Cards as they are used: with defaults, another engine, the values of a variant."""

from pathlib import Path

import yaml

from afterpulse.cards.device import Device
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.load import resolved
from afterpulse.datasets.whole_files import whole


def card_text(card: Device | Experiment) -> str:
    """YAML of a card with all its defaults."""
    return yaml.safe_dump(resolved(card), sort_keys=False, allow_unicode=True)


def write_card(card: Device | Experiment, target: str | Path) -> None:
    """Write a card with all its defaults, unless the file already says the same.

    Parameters
    ----------
    card : Device or Experiment
        A card.
    target : str or pathlib.Path
        File that appears whole or not at all; its folder is made.
    """
    text = card_text(card)
    if Path(target).exists() and Path(target).read_text(encoding="utf-8") == text:
        return
    with whole(target) as path:
        path.write_text(text, encoding="utf-8")
