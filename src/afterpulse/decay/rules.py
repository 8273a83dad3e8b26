"""The rules of decay fits."""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from afterpulse import datasets
from afterpulse.cards.claims import CLAIMS
from afterpulse.cards.experiment import OWN_MECHANISMS, Experiment
from afterpulse.cards.sections import reads
from afterpulse.cards.variants import Role
from afterpulse.timeline.protocol import later_delay, required_sweep

logger = logging.getLogger("afterpulse")


@reads()
def fit(ahe: str, dataset: str, table: str, retention: str) -> None:
    """Fit the decays of a sweep; write a dataset, and tables of all fits and of the retention."""
    # lmfit and SciPy's statistics take seconds to import, which only this job should pay.
    from afterpulse import decay

    source = datasets.read(ahe)
    experiment = Experiment.model_validate(json.loads(source.attrs["experiment_card"]))
    sweep = required_sweep(experiment)
    means = datasets.sample_means(source)
    fits = decay.fit_decays(means, sweep.probe_delay, later_delay(sweep))
    names = ("device_card", "experiment_card", "card_sections", "seed")
    kept = {name: source.attrs[name] for name in names}
    datasets.write(fits, dataset, kept | {"file": Path(dataset).name})
    for target, frame in (
        (table, decay.to_table(fits)),
        (retention, decay.to_retention_table(fits)),
    ):
        with datasets.whole(target) as path:
            pd.DataFrame(frame).to_csv(path, index=False)
    logger.info("%s: decays of %d points", experiment.name, fits["refused"].size)


@reads()
def switching(ahe: str, target: str) -> None:
    """Write a table of the switching current of each pulse width of a sweep."""
    from afterpulse import decay

    source = datasets.read(ahe)
    found = decay.switching_currents(source, datasets.card_time(source, "sweep.probe_delay"))
    with datasets.whole(target) as path:
        decay.to_switching_table(found).to_csv(path, index=False)


@reads(experiment=("claims",))
def claims(
    experiment: Experiment, ahe: list[str], compare: list[str], trains: list[str], target: str
) -> None:
    """Write a table of the verdicts on the claims that an experiment tests.

    The card's own mechanisms are judged on `ahe`, other sets on `compare`; each is one file, or
    none if nothing is asked of it.
    """
    from afterpulse.decay import claims as judged

    sweeps, of_label = {}, {}
    for path in ahe:
        sweeps[OWN_MECHANISMS] = judged.at_both_delays(datasets.read(path))
    for path in compare:
        of_sets = judged.at_both_delays(datasets.read(path))
        sweeps |= {name: each for name, each in sets_of(of_sets).items() if name != OWN_MECHANISMS}
    for path in trains:
        of_label[Path(path).stem] = sets_of(datasets.read(path))
    tested = {
        name: of_label[CLAIMS[name].train] if CLAIMS[name].train else sweeps
        for name in experiment.claims
    }
    with datasets.whole(target) as beside:
        judged.verdicts(tested).to_csv(beside, index=False)


def sets_of(dataset: xr.Dataset) -> dict[str, xr.Dataset]:
    """Return the dataset of each set of mechanisms, by its label."""
    labels = dataset["mechanism_set"].values
    return {str(label): dataset.sel(mechanism_set=label, drop=True) for label in labels}


def variants(changes: dict[str, dict[str, Any]], inputs: list[str], target: str) -> None:
    """Write the values of each variant by their fields, with the decays of its sweep.

    `inputs` are the tables of decays in the order of the variants; none if nothing is swept.
    """
    varied = pd.DataFrame([{"variant": name, **values} for name, values in changes.items()])
    if inputs:
        decays = [
            pd.read_csv(path).assign(variant=name)
            for name, path in zip(changes, inputs, strict=True)
        ]
        varied = varied.merge(pd.concat(decays), on="variant")
    with datasets.whole(target) as temporary:
        varied.to_csv(temporary, index=False)


def hypotheses(roles: dict[str, tuple[str, str]], inputs: list[str], target: str) -> None:
    """Write the verdicts on the claims under each hypothesis, of tables in the order of roles."""
    tables = [
        pd.read_csv(path).drop(columns=["words", "criterion"]).assign(variant=name)
        for name, path in zip(roles, inputs, strict=True)
    ]
    labels = pd.DataFrame([Role(*role)._asdict() | {"variant": v} for v, role in roles.items()])
    with datasets.whole(target) as beside:
        labels.merge(pd.concat(tables), on="variant").to_csv(beside, index=False)


def deciding(roles: dict[str, tuple[str, str]], inputs: list[str], target: str) -> None:
    """Write which observation tells hypotheses apart; `inputs` are all trains of each variant."""
    from afterpulse.decay import deciding as decided

    with datasets.whole(target) as beside:
        decided.table(own_trains(roles, inputs)).to_csv(beside, index=False)


def own_trains(
    roles: dict[str, tuple[str, str]], paths: list[str]
) -> dict[Role, dict[str, xr.Dataset]]:
    """Return the trains of variants by role and label, with the card's own mechanisms.

    `paths` are in the order of the roles, the trains of one variant side by side.
    """
    each = len(paths) // len(roles)
    return {
        Role(*role): {
            Path(path).stem: sets_of(datasets.read(path))[OWN_MECHANISMS]
            for path in paths[number * each : (number + 1) * each]
        }
        for number, role in enumerate(roles.values())
    }
