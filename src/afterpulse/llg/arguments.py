"""Checks of a user's arguments; errors are ValueError and begin with the argument's name."""

import math
import numbers
from typing import Any

import numpy as np


def finite_number(name: str, value: Any, *, positive: bool = False) -> float:
    """Return a real, finite number (not a bool) as a float."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number, not {value!r}")
    result = float(value)
    if not math.isfinite(result) or (positive and result <= 0):
        raise ValueError(f"{name} must be {'positive' if positive else 'finite'}, not {value}")
    return result


def whole_number(name: str, value: Any, least: int = 1) -> int:
    """Return an integer as Python's int; a bool or a float such as 5.0 is refused."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
        expected = "a positive integer" if least == 1 else f"an integer of {least} or more"
        raise ValueError(f"{name} must be {expected}, not {value!r}")
    return int(value)


def vector(name: str, value: Any) -> tuple[float, float, float]:
    """Return a list, tuple or array of three finite numbers as floats."""
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != 3:
        raise ValueError(f"{name} must be a vector of three numbers, not {value!r}")
    components = zip("xyz", value, strict=True)
    x, y, z = (finite_number(f"{name}, component {axis}", c) for axis, c in components)
    return x, y, z
