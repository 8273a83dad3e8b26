"""Which model the criteria speak for, if they do."""

from collections.abc import Mapping

import numpy as np

from afterpulse.decay.models import parameters_of

MARGIN = 4.0
"""A model that lies less above the smallest criterion is not worse (Burnham and Anderson)."""


def chosen_model(criterion: Mapping[str, float]) -> str:
    """Model with the fewest parameters of those that are not worse than the best one.

    A model that contains another one fits as well with a parameter to spare, so the smallest
    criterion alone prefers it too often.

    Parameters
    ----------
    criterion : mapping of str to float
        Corrected Akaike criterion of each model, NaN where there is no fit.

    Returns
    -------
    str
        Its name; empty where several with equally few parameters are left, or none.
    """
    fitted = {name: value for name, value in criterion.items() if np.isfinite(value)}
    left = [name for name in fitted if fitted[name] < min(fitted.values()) + MARGIN]
    fewest = min((len(parameters_of(name)) for name in left), default=0)
    simple = [name for name in left if len(parameters_of(name)) == fewest]
    return simple[0] if len(simple) == 1 else ""
