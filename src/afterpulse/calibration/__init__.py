"""What the kinetics need of a unit, measured by micromagnetics on the same cards."""

from .calibrate import calibrate, calibrated

__all__ = ["calibrate", "calibrated"]
