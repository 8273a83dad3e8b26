"""Verdicts on simulated devices that are measured like the observed device."""

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupKFold

from afterpulse.device import Device
from afterpulse.inference.bank import Bank
from afterpulse.inference.features import features
from afterpulse.inference.forests import BITS, LEAF, TREES, training_like, verdict
from afterpulse.inference.training import MECHANISMS

FOLDS = 5
WORDS = ("on", "off", "cannot tell")


def self_test(banks: list[Bank], device: Device, replicates: int, noise: float) -> pd.DataFrame:
    """Infer the mechanisms of each simulated device by forests that were not trained on it.

    These forests have a fifth of the trees, and a fifth fewer devices to learn from.

    Parameters
    ----------
    banks, device, replicates, noise
        As for `afterpulse.inference.grow`, with at least `FOLDS` devices.

    Returns
    -------
    pandas.DataFrame
        One row per mechanism and state ``acts``: the fractions of the traces with the verdicts
        ``on``, ``off`` and ``cannot tell`` (NaN without traces), and the number of ``devices``.
    """
    trained = training_like(banks, device, replicates, noise)
    inputs, combination = features(trained.change, banks[0].rise), trained.acting @ BITS
    probability = np.zeros(trained.acting.shape)
    # All traces of a device are in one fold.
    for learned, tested in GroupKFold(FOLDS).split(inputs, groups=trained.draw):
        forest = RandomForestClassifier(TREES // 5, min_samples_leaf=LEAF, random_state=0)
        forest.fit(inputs[learned], combination[learned])
        states = (forest.classes_[:, None] & BITS) > 0
        probability[tested] = forest.predict_proba(inputs[tested]) @ states
    rows = []
    for column, name in enumerate(MECHANISMS):
        for acts in (True, False):
            selected = trained.acting[:, column] == acts
            verdicts = [verdict(each) for each in probability[selected, column]]
            count = len(verdicts) or np.nan
            fractions = {word: verdicts.count(word) / count for word in WORDS}
            devices = np.unique(trained.draw[selected]).size
            rows.append({"mechanism": name, "acts": acts, **fractions, "devices": devices})
    return pd.DataFrame(rows)
