"""Methods that move the magnetisation.

The second half has OOMMF's names with oommfc's attributes, so that a script for oommfc runs
unchanged. Attributes without a counterpart here give a warning.
"""

import warnings
from typing import Any

import micromagneticmodel as mm


class AdaptiveEvolver(mm.Evolver):
    """Runge-Kutta 4(3) with adaptive step, at T = 0.

    Parameters
    ----------
    time_step : float, optional
        First step to try, in s.
    tolerance : float, optional
        Largest error of a unit vector in one step; 1e-6 in float64 and 1e-5 in float32.
    """

    _allowed_attributes = ["time_step", "tolerance"]


class ThermalEvolver(mm.Evolver):
    """Runge-Kutta with a fixed step and rotations by the thermal field, at T > 0.

    Parameters
    ----------
    time_step : float, optional
        Longest step in s; docs/calculator.md has the criterion.
    seed : int, optional
        Seed of the thermal field. An evolver that is used again continues its random numbers.
    """

    _allowed_attributes = ["time_step", "seed"]


class DescentEvolver(mm.Evolver):
    """Steepest descent with Barzilai-Borwein steps, for minimisation."""

    _allowed_attributes: list[str] = []


class _OOMMFName:
    """Takes oommfc's attributes; `_meanings` translates those with a counterpart."""

    _meanings: dict[str, str] = {}

    def __init__(self, **attributes: Any) -> None:
        known = {
            self._meanings[key]: value for key, value in attributes.items() if key in self._meanings
        }
        for key in attributes.keys() - self._meanings.keys():
            warnings.warn(
                f"{type(self).__name__}: {key} belongs to OOMMF and has no effect here",
                stacklevel=2,
            )
        super().__init__(**known)


class RungeKuttaEvolver(_OOMMFName, AdaptiveEvolver):
    """OOMMF's name; runs `AdaptiveEvolver` whatever its method."""


class EulerEvolver(_OOMMFName, AdaptiveEvolver):
    """OOMMF's name; runs `AdaptiveEvolver`."""


class SpinTEvolver(_OOMMFName, AdaptiveEvolver):
    """OOMMF's name for Zhang-Li torques; runs `AdaptiveEvolver`."""


class SpinXferEvolver(_OOMMFName, AdaptiveEvolver):
    """OOMMF's name for Slonczewski torques; runs `AdaptiveEvolver`."""


class UHH_ThetaEvolver(_OOMMFName, ThermalEvolver):  # noqa: N801
    """OOMMF's name; runs `ThermalEvolver`."""

    _meanings = {"fixed_timestep": "time_step", "uniform_seed": "seed"}


class Xf_ThermHeunEvolver(_OOMMFName, ThermalEvolver):  # noqa: N801
    """OOMMF's name; runs `ThermalEvolver` with a step of its own, not OOMMF's 1e-15 s."""

    _meanings = {"uniform_seed": "seed"}


class Xf_ThermSpinXferEvolver(Xf_ThermHeunEvolver):  # noqa: N801
    """OOMMF's name for Slonczewski torques; runs as `Xf_ThermHeunEvolver`."""


class CGEvolver(_OOMMFName, DescentEvolver):
    """OOMMF's name; runs the steepest descent."""
