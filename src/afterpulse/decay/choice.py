"""Choice of a model by the corrected Akaike criterion."""

from collections.abc import Mapping

import numpy as np

from afterpulse.decay.models import parameters_of

MARGIN = 4.0
"""Models within this margin above the smallest criterion are not worse (Burnham and Anderson)."""


def chosen_model(criterion: Mapping[str, float]) -> str:
    """Return the model with the fewest parameters among those not worse than the best.

    The smallest criterion alone would too often prefer a model that contains a simpler one.
    `criterion` is the corrected Akaike criterion of each model, NaN if there is no fit. The name is
    empty if there is no such model, or several with equally few parameters.
    """
    fitted = {name: value for name, value in criterion.items() if np.isfinite(value)}
    good = [name for name in fitted if fitted[name] < min(fitted.values()) + MARGIN]
    fewest = min((len(parameters_of(name)) for name in good), default=0)
    simplest = [name for name in good if len(parameters_of(name)) == fewest]
    return simplest[0] if len(simplest) == 1 else ""
