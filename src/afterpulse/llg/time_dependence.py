"""Factors that a field or a current follows in time."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

# Longest step, in units of the time 1 / omega in which a function changes. The error of a step
# cannot see what passes between the four times at which the function is evaluated.
LONGEST_ANGLE = 0.5
# A kink is sharp if it is so many times as large as the curvature two samples away, and at all if
# it is above what rounding leaves.
SHARP, ROUNDING = 8.0, 1e-9
# Times closer than this fraction of the spacing are one time.
SAME = 1e-6


class Sine(NamedTuple):
    """Factor sin(2 pi f (t - t_0)) with f in Hz and t_0 in s."""

    frequency: Any
    start: Any


class Sinc(NamedTuple):
    """Factor sin(a)/a with a = 2 pi f (t - t_0)."""

    frequency: Any
    start: Any


class Sampled(NamedTuple):
    """Values at equally spaced times, joined by straight lines within each stage of a drive.

    Most functions have one stage, the whole drive. A Tcl script that asks for the stage or for the
    time in it may jump from stage to stage.

    Attributes
    ----------
    values : array
        Shape (stages, k) or (stages, k, 3, 3); the first and the last one of a stage are at its
        ends.
    spacing : array
        Time between two values in s.
    integral : array
        Integral of the factor up to each value in s, of the shape of values.
    longest : array
        Longest step in s that an integration may do from each value on, shape (stages, k).
    edge : array
        Time in s of the first edge after each value where a step must end, shape (stages, k).
    """

    values: Any
    spacing: Any
    integral: Any
    longest: Any
    edge: Any


class Shifted(NamedTuple):
    """A dependence times a weight plus a constant, within one step."""

    dependence: Any
    weight: Any
    shift: Any


TimeDependence = Sine | Sinc | Sampled


def factor(dependence: TimeDependence | Shifted, time: jax.Array) -> jax.Array:
    """Value of a factor.

    Parameters
    ----------
    dependence : Sine, Sinc, Sampled or Shifted
        What to evaluate. Where one stage ends and the next one begins it is still the end.
    time : jax.Array
        In s, float64 so that late times keep their digits.

    Returns
    -------
    jax.Array
        Scalar, or a matrix of shape (3, 3); float64.
    """
    if isinstance(dependence, Shifted):
        return dependence.weight * factor(dependence.dependence, time) + dependence.shift
    if isinstance(dependence, Sampled):
        stage, below, part = _place(dependence, time)
        first, last = dependence.values[stage, below], dependence.values[stage, below + 1]
        return (1 - part) * first + part * last
    angle = 2 * jnp.pi * dependence.frequency * (time - dependence.start)
    return jnp.sin(angle) if isinstance(dependence, Sine) else jnp.sinc(angle / jnp.pi)


def _place(dependence: Sampled, time: jax.Array) -> tuple[Any, jax.Array, jax.Array]:
    """Stage, sample before a time, and how far it is to the next one, from 0 to 1."""
    stages, count = dependence.values.shape[:2]
    stage: Any = 0
    if stages > 1:
        length = (count - 1) * dependence.spacing
        # A billionth of a stage is what rounding may leave of the end of one.
        stage = jnp.clip(jnp.ceil(time / length - 1e-9).astype(int) - 1, 0, stages - 1)
        time = time - stage * length
    place = jnp.clip(time / dependence.spacing, 0, count - 1)
    below = jnp.minimum(jnp.floor(place).astype(int), count - 2)
    return stage, below, place - below


def mean_factor(dependence: Sampled, start: jax.Array, end: jax.Array) -> jax.Array:
    """Return the mean of a factor over an interval, however short its pulses are.

    Parameters
    ----------
    dependence : Sampled
        What to average.
    start, end : jax.Array
        In s, float64.

    Returns
    -------
    jax.Array
        Scalar, or a matrix of shape (3, 3); float64.
    """

    def integral(time: jax.Array) -> jax.Array:
        stage, below, part = _place(dependence, time)
        first, last = dependence.values[stage, below], dependence.values[stage, below + 1]
        inside = part * (first + 0.5 * part * (last - first))
        whole: jax.Array = dependence.integral[stage, below] + dependence.spacing * inside
        return whole

    return (integral(end) - integral(start)) / (end - start)


def with_mean(
    dependence: TimeDependence | None, start: jax.Array, duration: jax.Array
) -> TimeDependence | Shifted | None:
    """Shift sampled values so that a step of the classical method feels their mean.

    The method takes 1/6, 4/6 and 1/6 of the values at the start, the middle and the end of a step.
    That misses a pulse between them and puts an edge in the middle off by up to 1/6 of a step.
    Where the result is off by a thousandth, the mean alone acts all over the step.

    Parameters
    ----------
    dependence : Sine, Sinc, Sampled or None
        Of a term.
    start, duration : jax.Array
        Of the step in s, float64.

    Returns
    -------
    Shifted, Sine, Sinc or None
        Hardly different for a function that is smooth within the step.
    """
    if not isinstance(dependence, Sampled):
        return dependence
    first, middle, last = (factor(dependence, start + part * duration) for part in (0, 0.5, 1))
    weighted = (first + 4 * middle + last) / 6
    mean = mean_factor(dependence, start, start + duration)
    scale = jnp.max(jnp.abs(jnp.stack([first, middle, last, mean])))
    smooth = jnp.max(jnp.abs(mean - weighted)) <= 1e-3 * scale
    weight = jnp.where(smooth, 1.0, 0.0)
    return Shifted(dependence, weight, mean - weight * weighted)


def step_bounds(
    dependence: TimeDependence, time: jax.Array, end: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Bound a step that must not miss what a function does.

    Parameters
    ----------
    dependence : Sine, Sinc or Sampled
        Of a term.
    time, end : jax.Array
        Where the step begins, and where the last one must end, in s, float64.

    Returns
    -------
    tuple of jax.Array
        Time in s at which a step must end next, and the longest step in s.
    """
    if not isinstance(dependence, Sampled):
        return end, LONGEST_ANGLE / jnp.abs(2 * jnp.pi * dependence.frequency)
    stages, count = dependence.values.shape[:2]
    length = (count - 1) * dependence.spacing
    stage = jnp.clip(jnp.floor(time / length + 1e-9).astype(int), 0, stages - 1)
    place = jnp.floor((time - stage * length) / dependence.spacing + SAME)
    below = jnp.clip(place.astype(int), 0, count - 1)
    edge = dependence.edge[stage, below]
    # A step from one edge to another one that rounding put beside it would be no step.
    apart = edge < end - SAME * dependence.spacing
    return jnp.where(apart, edge, end), dependence.longest[stage, below]


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
    return joined([[function(number * spacing) for number in range(max(count, 2))]], spacing)


def sampled_by_stage(
    function: Callable[[int, float], Any], length: float, stages: int, spacing: float
) -> Sampled:
    """Sample a function of the stage and of the time in it.

    Parameters
    ----------
    function : callable
        (stage, time in it in s) to a number or nine.
    length : float
        Of a stage in s.
    stages : int
        How many there are.
    spacing : float
        Largest time between two samples in s.

    Returns
    -------
    Sampled
        Values from the beginning to the end of each stage.
    """
    parts = max(1, int(np.ceil(length / spacing * (1 - 1e-12))))
    spacing = length / parts
    return joined(
        [[function(k, number * spacing) for number in range(parts + 1)] for k in range(stages)],
        spacing,
    )


def joined(samples: ArrayLike, spacing: float) -> Sampled:
    """Join samples by straight lines, and find out how long a step may be among them.

    A step must end at an edge: a sample where the line has a kink that its neighbours have not, or
    where it changes direction within two samples. Elsewhere a function with the second derivative
    f'' changes in the time 1 / omega = sqrt(V / |f''|), where V is the range of its values. From
    farther away a step may be longer by half the distance, so that steps become shorter before
    something happens and none is short where nothing does.

    Parameters
    ----------
    samples : array_like
        For each stage, one or nine numbers for each time; two times or more.
    spacing : float
        Between the samples in s.

    Returns
    -------
    Sampled
        With bounds of the step.
    """
    values: NDArray[np.float64] = np.array(samples, dtype=float)
    if values.ndim == 3 and values.shape[2] == 9:
        values = values.reshape(*values.shape[:2], 3, 3)
    if values.ndim not in (2, 4) or not np.isfinite(values).all():
        raise ValueError(
            "a time dependence must give finite numbers, one or nine for each time, not an array "
            f"of shape {values.shape[2:]}"
        )
    stages, count = values.shape[:2]
    areas = np.zeros(values.shape)
    areas[:, 1:] = 0.5 * spacing * (values[:, 1:] + values[:, :-1])
    integral = np.cumsum(areas.reshape(stages * count, *values.shape[2:]), axis=0)

    flat = values.reshape(stages, count, -1)
    extent = np.ptp(flat, axis=(0, 1)).max()
    kink = np.zeros((stages, count + 4))
    if extent > 0:
        kink[:, 3:-3] = abs(np.diff(flat, 2, axis=1)).max(axis=2) / extent
    around = np.maximum(kink[:, :-4], kink[:, 4:])
    kink = kink[:, 2:-2]
    with np.errstate(divide="ignore"):
        allowed = LONGEST_ANGLE * spacing / np.sqrt(kink)
    is_edge = (allowed < 2 * spacing) | ((kink > ROUNDING) & (kink > SHARP * around))
    allowed[is_edge] = np.inf
    distance = 0.5 * spacing * np.arange(count)
    forwards = np.minimum.accumulate(allowed - distance, axis=1) + distance
    backwards = np.minimum.accumulate((allowed + distance)[:, ::-1], axis=1)[:, ::-1] - distance
    longest = np.minimum(forwards, backwards)
    longest[:, :-1] = np.minimum(longest[:, :-1], longest[:, 1:])

    number = np.arange(stages * count).reshape(stages, count) - np.arange(stages)[:, None]
    times = np.where(is_edge, number * spacing, np.inf)
    edge = np.full((stages, count), np.inf)
    edge[:, :-1] = np.minimum.accumulate(times[:, :0:-1], axis=1)[:, ::-1]
    return Sampled(values, np.float64(spacing), integral.reshape(values.shape), longest, edge)
