"""The rules of decay fits."""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd

from afterpulse import datasets
from afterpulse.cards.sections import reads

logger = logging.getLogger("afterpulse")


@reads()
def fit(ahe: str, dataset: str, table: str, retention: str) -> None:
    """Fit the decays of a sweep; write a dataset, and tables of all fits and of the retention."""
    # lmfit and SciPy's statistics take seconds to import, which only this job should pay.
    from afterpulse import decay

    source = datasets.read(ahe)
    experiment = json.loads(source.attrs["experiment_card"])
    fitted = decay.fit_decays(source)
    names = ("device_card", "experiment_card", "card_sections", "seed")
    kept = {name: source.attrs[name] for name in names}
    datasets.write(fitted, dataset, kept | {"file": Path(dataset).name})
    for target, laid_out in (
        (table, decay.to_table(fitted)),
        (retention, decay.to_retention_table(fitted)),
    ):
        with datasets.whole(target) as path:
            pd.DataFrame(laid_out).to_csv(path, index=False)
    logger.info("%s: decays of %d points", experiment["name"], fitted["refused"].size)


def variants(changes: dict[str, dict[str, Any]], inputs: list[str], target: str) -> None:
    """Write the values that each variant has by their fields, and the decays of its sweep.

    Tables of decays are in the order of the variants; there is none where nothing is swept.
    """
    varied = pd.DataFrame([{"variant": name, **values} for name, values in changes.items()])
    if inputs:
        found = [
            pd.read_csv(path).assign(variant=name)
            for name, path in zip(changes, inputs, strict=True)
        ]
        varied = varied.merge(pd.concat(found), on="variant")
    with datasets.whole(target) as beside:
        varied.to_csv(beside, index=False)
