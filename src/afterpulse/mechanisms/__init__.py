"""Which mechanisms a measured or simulated trace supports.

A device card says what is assumed of a device; its traces say which mechanisms act. For each
combination of mechanisms the device is simulated over the prior range of the few parameters that
matter, mean and scatter of its traces become functions of these parameters, and Bayes' theorem
weighs all combinations with each other. Where traces of several combinations overlap, so do their
probabilities, and the verdict is that one cannot tell.
"""

from afterpulse.mechanisms.bank import simulate_bank
from afterpulse.mechanisms.inference import infer
from afterpulse.mechanisms.observed import observed_changes

__all__ = ["infer", "observed_changes", "simulate_bank"]
