"""The rules of decay fits."""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd

from afterpulse import datasets
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import reads
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
