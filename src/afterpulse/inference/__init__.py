"""Inference of the mechanisms that a measured or simulated trace supports.

For each combination of mechanisms the device is simulated over the prior range of the few
parameters that matter, and random forests learn from these traces which combination made a trace.
Where traces of several combinations overlap, so do their probabilities, and the verdict is
"cannot tell".
"""

from afterpulse.cards.mechanisms import combinations
from afterpulse.inference.bank import Bank, Measurement, from_dataset, simulate_bank, to_dataset
from afterpulse.inference.forests import grow, infer
from afterpulse.inference.observed import comparison_delays, observed_changes, pulses_of
from afterpulse.inference.words import in_words, spelled

__all__ = [
    "Bank",
    "Measurement",
    "combinations",
    "comparison_delays",
    "from_dataset",
    "grow",
    "in_words",
    "infer",
    "observed_changes",
    "pulses_of",
    "simulate_bank",
    "spelled",
    "to_dataset",
]
