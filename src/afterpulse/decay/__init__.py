"""Decay of the Hall voltage after a pulse: fraction retained, retention time and fits of models.

All quantities describe the *change*, the Hall voltage minus its value right before the pulse, in
the window from the probe delay to the last stored delay. The retention time is the time after the
probe until 1/e of the change is left. Time constants depend on the window.
"""

from afterpulse.decay.models import MODELS, PARAMETERS
from afterpulse.decay.retained import fraction_retained, retention_time
from afterpulse.decay.sweep import fit_decays
from afterpulse.decay.switching import switching_currents
from afterpulse.decay.table import to_retention_table, to_switching_table, to_table

__all__ = [
    "MODELS",
    "PARAMETERS",
    "fit_decays",
    "fraction_retained",
    "retention_time",
    "switching_currents",
    "to_retention_table",
    "to_switching_table",
    "to_table",
]
