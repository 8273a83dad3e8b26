"""Decay of the Hall voltage after a pulse: share retained, retention time and fits.

All of it describes the *change*, the Hall voltage less its value right before the pulse, in the
window from the probe delay to the last delay stored. The retention time is the time after the
probe until 1/e of the change there is left, whether it is read off the trace or off a model. It
depends on the window, as any time constant does, so compare those of one window only; the share
retained needs no model.
"""

from afterpulse.decay.models import MODELS, PARAMETERS
from afterpulse.decay.retained import retention_time, share_retained
from afterpulse.decay.sweep import fit_decays
from afterpulse.decay.table import to_retention_table, to_table

__all__ = [
    "MODELS",
    "PARAMETERS",
    "fit_decays",
    "retention_time",
    "share_retained",
    "to_retention_table",
    "to_table",
]
