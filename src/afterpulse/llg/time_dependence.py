"""Factors that a field or a current follows in time."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

# Tcl scripts, which OOMMF runs at each time, are sampled this often (s).
TCL_SPACING = 1e-13


class Sine(NamedTuple):
    """Factor sin(2 pi f (t - t_0)) with f in Hz and t_0 in s."""

    frequency: Any
    start: Any


class Sinc(NamedTuple):
    """Factor sin(a)/a with a = 2 pi f (t - t_0)."""

    frequency: Any
    start: Any


class Sampled(NamedTuple):
    """Values at multiples of a spacing in s, shape (k,) or (k, 3, 3), joined by straight lines."""

    values: Any
    spacing: Any


TimeDependence = Sine | Sinc | Sampled


def factor(dependence: TimeDependence, time: jax.Array) -> jax.Array:
    """Value of a factor.

    Parameters
    ----------
    dependence : Sine, Sinc or Sampled
        What to evaluate.
    time : jax.Array
        In s, float64 so that late times keep their digits.

    Returns
    -------
    jax.Array
        Scalar, or a matrix of shape (3, 3); float64.
    """
    if isinstance(dependence, Sampled):
        place = jnp.clip(time / dependence.spacing, 0, dependence.values.shape[0] - 1)
        below = jnp.minimum(jnp.floor(place).astype(int), dependence.values.shape[0] - 2)
        part = place - below
        return (1 - part) * dependence.values[below] + part * dependence.values[below + 1]
    angle = 2 * jnp.pi * dependence.frequency * (time - dependence.start)
    return jnp.sin(angle) if isinstance(dependence, Sine) else jnp.sinc(angle / jnp.pi)


def sampled(function: Callable[[float], Any], duration: float, spacing: float) -> Sampled:
    """Sample a function of time from 0 to the end of a drive.

    Parameters
    ----------
    function : callable
        Gives a number, or nine numbers that are a matrix row by row.
    duration : float
        Of the drive in s.
    spacing : float
        Between the samples in s.

    Returns
    -------
    Sampled
        Values that cover the drive.
    """
    count = int(np.ceil(duration / spacing * (1 - 1e-12))) + 1
    values: NDArray[np.float64] = np.array(
        [function(number * spacing) for number in range(max(count, 2))], dtype=float
    )
    if values.ndim == 2 and values.shape[1] == 9:
        values = values.reshape(-1, 3, 3)
    if values.ndim not in (1, 3) or not np.isfinite(values).all():
        raise ValueError(
            "a time dependence must give finite numbers, one or nine for each time, not an array "
            f"of shape {values.shape[1:]}"
        )
    return Sampled(values, spacing)


def tcl_function(script: str, name: str) -> Callable[[float], Sequence[float] | float]:
    """Procedure of a Tcl script, as OOMMF takes them, as a function of the total time.

    Parameters
    ----------
    script : str
        Tcl code. It runs in a safe interpreter, without files, network or commands.
    name : str
        Procedure that takes the total time in s.

    Returns
    -------
    callable
        Gives the first number of the result, or the first nine of more than one.

    Raises
    ------
    ValueError
        If the script fails, or this Python has no Tcl.
    """
    try:
        import tkinter
    except ImportError as error:
        raise ValueError(
            "tcl_strings: this Python has no Tcl; install tkinter (python3-tk on Debian) or give a "
            "Python function as func"
        ) from error
    interpreter = tkinter.Tcl()
    interpreter.call("interp", "create", "-safe", "drive")

    def evaluate(*words: str) -> list[str]:
        try:
            result = interpreter.call("interp", "eval", "drive", *words)
        except tkinter.TclError as error:
            raise ValueError(f"tcl_strings: {error}") from error
        # tkinter turns what Tcl knows to be a list or a number into Python's.
        return str(result).split() if not isinstance(result, tuple) else [*map(str, result)]

    evaluate(script)

    def function(time: float) -> Sequence[float] | float:
        numbers = [float(word) for word in evaluate(name, repr(float(time)))]
        return numbers[:9] if len(numbers) >= 9 else numbers[0]

    return function
