"""Factors in time of Zeeman, Slonczewski and Zhang-Li terms."""

from typing import Any

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from .mesh import UnsupportedSystem, array_shape
from .tcl_script import tcl_field, tcl_profile
from .term_values import is_given, label, number, vector
from .time_dependence import Sinc, Sine, Stages, TimeDependence, sampled


def depends_on_time(term: mm.abstract.Term) -> bool:
    """Check for a factor in time."""
    return _function(term) is not None or _has_tcl(term)


def applied_field(
    term: mm.Zeeman, mesh: df.Mesh, stages: Stages | None
) -> tuple[NDArray[np.float64], TimeDependence | None]:
    """Return the field of a term in A/m, shape (3, nz, nx, ny), and its factor in time."""
    if _function(term) is not None or not _has_tcl(term):
        return vector(term, "H", mesh), time_dependence(term, stages)
    multiplies_h, dependence = tcl_field(term.tcl_strings, _required(term, stages))
    if multiplies_h:
        return vector(term, "H", mesh), dependence
    return np.ones((3, *array_shape(mesh))), dependence


def time_dependence(term: mm.abstract.Term, stages: Stages | None) -> TimeDependence | None:
    """Return the factor that `func` or `tcl_strings` of a term describe, sampled for a drive."""
    function = _function(term)
    if function is None and not _has_tcl(term):
        for unused in ("f", "t0", "dt"):
            if is_given(term, unused):
                raise ValueError(f"{label(term)}: {unused} is given, but func is missing")
        return None
    stages = _required(term, stages)
    if function is None:
        return tcl_profile(type(term).__name__, term.tcl_strings, stages)
    if function in ("sin", "sinc"):
        for name in ("f", "t0"):
            if not is_given(term, name):
                raise ValueError(f"{label(term)}: func = '{function}' needs {name}")
        frequency = np.float64(number(term, "f", positive=True))
        start = np.float64(number(term, "t0"))
        return Sine(frequency, start) if function == "sin" else Sinc(frequency, start)
    if not is_given(term, "dt"):
        raise ValueError(f"{label(term)}: func needs dt, the time in s between its samples")
    return sampled(function, stages.t, number(term, "dt", positive=True))


def _function(term: mm.abstract.Term) -> Any:
    """Return `func`, or `wave`, its former name."""
    for name in ("func", "wave"):
        if is_given(term, name):
            return getattr(term, name)
    return None


def _has_tcl(term: mm.abstract.Term) -> bool:
    return is_given(term, "tcl_strings")


def _required(term: mm.abstract.Term, stages: Stages | None) -> Stages:
    if stages is None:
        raise UnsupportedSystem(f"{label(term)}: a time dependence needs a TimeDriver")
    return stages
