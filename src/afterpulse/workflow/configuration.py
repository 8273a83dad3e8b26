"""The configuration of the workflow: which cards, and the folders of their results."""

import difflib
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from afterpulse.cards import CardError, Experiment, card_for_engine, check_pair, load_experiment
from afterpulse.cards.variants import Changes, variants
from afterpulse.device import Device, load_device

CONFIG_KEYS = ("device", "experiment", "engine", "mnist")
"""Keys that the workflow reads after ``--config``."""
DEFAULTS = {"device": "pt_co_irmn", "experiment": "demo"}
"""Names of the cards if the configuration has none."""


class Configuration(NamedTuple):
    """The cards of a run of the workflow.

    Attributes
    ----------
    device, experiment : Device, Experiment
        The cards that the configuration names.
    variants : dict
        See `afterpulse.cards.variants.variants`.
    """

    device: Device
    experiment: Experiment
    variants: dict[str, tuple[Device, Experiment, Changes]]

    @property
    def results(self) -> str:
        """Return the folder of the results."""
        return f"results/{self.device.name}/{self.experiment.name}"

    @property
    def cards(self) -> dict[str, tuple[Device, Experiment]]:
        """Return both cards by the folder of their results: of each variant, if there are any."""
        varied = {f"{self.results}/variants/{v}": each[:2] for v, each in self.variants.items()}
        return varied or {self.results: (self.device, self.experiment)}


def configured(config: Mapping[str, Any], root: Path) -> Configuration:
    """Load the cards that a configuration names, from ``devices/`` and ``experiments/`` of a root.

    Raises
    ------
    CardError
        For unknown keys, wrong values and all faults of the cards.
    """
    refuse_unknown_keys(config)
    device_card, experiment_card = (card_path(config, root, kind) for kind in DEFAULTS)
    device, experiment = load_device(device_card), load_experiment(experiment_card)
    if "engine" in config:
        content = card_for_engine(experiment_card, str(config["engine"]))
        experiment = Experiment.model_validate(content)
    check_pair(device, experiment)
    if "mnist" in config and not Path(str(config["mnist"])).is_file():
        raise CardError([f"config mnist: expected an .npz file, got {str(config['mnist'])!r}"])
    return Configuration(device, experiment, variants(device, experiment, experiment_card.parent))


def refuse_unknown_keys(keys: Iterable[str]) -> None:
    """Raise CardError for keys that the workflow does not read."""
    faults = []
    for key in sorted(set(map(str, keys)) - set(CONFIG_KEYS)):
        near = difflib.get_close_matches(key.lower(), CONFIG_KEYS, n=1, cutoff=0.5)
        expected = near[0] if near else f"one of {', '.join(CONFIG_KEYS)}"
        faults.append(f"config {key!r}: expected {expected}, got an unknown key")
    if faults:
        raise CardError(faults)


def card_path(config: Mapping[str, Any], root: Path, kind: str) -> Path:
    """Return the path of the device or experiment card."""
    name = str(config.get(kind, DEFAULTS[kind]))
    if not re.fullmatch("[a-z][a-z0-9_]{0,63}", name):
        raise CardError([f"config {kind}: expected the name of a card in {kind}s/, got {name!r}"])
    return root / f"{kind}s" / f"{name}.yaml"


def command(config: Mapping[str, Any], *options: str) -> str:
    """Return the command that runs the workflow with a configuration, quoted for a shell."""
    words = [f"{key}={config[key]}" for key in CONFIG_KEYS if key in config]
    return shlex.join(
        ["snakemake", "--cores", "2", *(["--config", *words] if words else []), *options]
    )
