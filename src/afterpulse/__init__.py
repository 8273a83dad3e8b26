"""Simulation of an AFM/FM Hall bar during and after a spin-orbit-torque pulse.

Measured traces are read, fitted and drawn by the names of `__all__` (docs/python.md), which are
imported when they are first used.
"""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from afterpulse.api import (
        FitOptions,
        Pulse,
        TraceError,
        fit_decays,
        plot,
        read_trace,
        retention,
    )

__all__ = ["FitOptions", "Pulse", "TraceError", "fit_decays", "plot", "read_trace", "retention"]

__version__ = version("afterpulse")


def __getattr__(name: str) -> Any:
    # pandas, xarray and SciPy take seconds to import, which `afterpulse --help` does not need.
    if name in __all__:
        from afterpulse import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
