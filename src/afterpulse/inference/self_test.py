"""What could be told of simulated devices that are measured as the observed one was."""

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupKFold

from afterpulse.device import Device
from afterpulse.inference.bank import Bank
from afterpulse.inference.features import features
from afterpulse.inference.forests import BITS, LEAF, TREES, measured_alike, said
from afterpulse.inference.training import MECHANISMS

FOLDS = 5
WORDS = ("on", "off", "cannot tell")


def self_test(banks: list[Bank], device: Device, replicates: int, noise: float) -> pd.DataFrame:
    """Tell the mechanisms of each simulated device by forests that have not seen it.

    Parameters
    ----------
    banks, device, replicates, noise
        As for `afterpulse.inference.grow`; there is a device in the banks for each fold or more.

    Returns
    -------
    pandas.DataFrame
        One row a mechanism and whether it ``acts``: the share of the traces of such devices for
        which the verdict is ``on``, ``off`` and ``cannot tell`` (NaN of none), and their number of
        ``devices``.
        The forests have a fifth of the devices less to learn from, and a fifth of the trees.
    """
    grown = measured_alike(banks, device, replicates, noise)
    seen, combination = features(grown.change, banks[0].rise), grown.acting @ BITS
    probability = np.zeros(grown.acting.shape)
    # All traces of a device are in one fold.
    for learned, left in GroupKFold(FOLDS).split(seen, groups=grown.draw):
        forest = RandomForestClassifier(TREES // 5, min_samples_leaf=LEAF, random_state=0)
        forest.fit(seen[learned], combination[learned])
        states = (forest.classes_[:, None] & BITS) > 0
        probability[left] = forest.predict_proba(seen[left]) @ states
    rows = []
    for column, name in enumerate(MECHANISMS):
        for acts in (True, False):
            those = grown.acting[:, column] == acts
            verdicts = [said(one) for one in probability[those, column]]
            count = len(verdicts) or np.nan
            shares = {word: verdicts.count(word) / count for word in WORDS}
            devices = np.unique(grown.draw[those]).size
            rows.append({"mechanism": name, "acts": acts, **shares, "devices": devices})
    return pd.DataFrame(rows)
