"""Check numbers that a user gives, and name those that are wrong."""

import math
import numbers
from typing import Any

import numpy as np


def finite_number(name: str, value: Any, *, positive: bool = False) -> float:
    """Return a finite number as a float.

    Parameters
    ----------
    name : str
        What it is, for the message.
    value : object
        A real number of Python or NumPy, but not a bool.
    positive : bool, optional
        Refuse 0 and less.

    Returns
    -------
    float
        The number.

    Raises
    ------
    ValueError
        Naming it.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if not math.isfinite(number) or (positive and number <= 0):
        raise ValueError(f"{name} must be {'positive' if positive else 'finite'}, not {value}")
    return number


def whole_number(name: str, value: Any, least: int = 1) -> int:
    """Return an integer as Python's int.

    Parameters
    ----------
    name : str
        What it is, for the message.
    value : object
        An integer of Python or NumPy. A bool and a float such as 5.0 are refused.
    least : int, optional
        Smallest value.

    Returns
    -------
    int
        The integer.

    Raises
    ------
    ValueError
        Naming it.
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
        wanted = "a positive integer" if least == 1 else f"an integer of {least} or more"
        raise ValueError(f"{name} must be {wanted}, not {value!r}")
    return int(value)


def vector(name: str, value: Any) -> tuple[float, float, float]:
    """Return a vector as three floats.

    Parameters
    ----------
    name : str
        What it is, for the message.
    value : object
        A list, tuple or array of three finite numbers.

    Returns
    -------
    tuple of float
        x, y and z.

    Raises
    ------
    ValueError
        Naming it.
    """
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != 3:
        raise ValueError(f"{name} must be a vector of three numbers, not {value!r}")
    parts = zip("xyz", value, strict=True)
    x, y, z = (finite_number(f"{name}, component {axis}", part) for axis, part in parts)
    return x, y, z
