"""Properties of a unit that the kinetics need, measured by micromagnetics on the same cards."""

from .calibrate import calibrate, calibrated

__all__ = ["calibrate", "calibrated"]
