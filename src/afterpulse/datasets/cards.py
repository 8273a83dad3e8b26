"""Cards beside the results and in the attributes of datasets."""

import json
from pathlib import Path

import xarray as xr
import yaml

from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.load import resolved
from afterpulse.cards.sections import record
from afterpulse.datasets.files import write
from afterpulse.datasets.names import label
from afterpulse.datasets.whole_files import whole


def card_text(card: DeviceCard | Experiment) -> str:
    """Return the YAML of a card with all its defaults."""
    return yaml.safe_dump(resolved(card), sort_keys=False, allow_unicode=True)


def write_card(card: DeviceCard | Experiment, target: str | Path) -> None:
    """Write a card with all its defaults, unless the file has this text already."""
    text = card_text(card)
    if Path(target).exists() and Path(target).read_text(encoding="utf-8") == text:
        return
    with whole(target) as path:
        path.write_text(text, encoding="utf-8")


def attributes(device: DeviceCard, experiment: Experiment) -> dict[str, str | int]:
    """Return the attributes of every dataset: resolved cards, the sections that matter, seed."""
    (device_card, of_device), (experiment_card, of_experiment) = record(device), record(experiment)
    return {
        "device_card": json.dumps(device_card),
        "experiment_card": json.dumps(experiment_card),
        "card_sections": json.dumps({"device": of_device, "experiment": of_experiment}),
        "seed": experiment_card["seed"],
    }


def save(
    dataset: xr.Dataset, target: str, device: DeviceCard, experiment: Experiment, **more: str
) -> None:
    """Write a labelled dataset with its cards and its file name as attributes."""
    write(
        label(dataset),
        target,
        attributes(device, experiment) | {"file": Path(target).name} | more,
    )


def card_time(dataset: xr.Dataset, field: str) -> float:
    """Return the time at a field of the experiment card that a dataset is from (s)."""
    entry = json.loads(dataset.attrs["experiment_card"])
    for key in field.split("."):
        entry = entry[key]
    value, unit = entry.split()
    if unit != "s":
        raise ValueError(f"a resolved card has its times in s, got {unit!r}")
    return float(value)
