"""Factors in time of fields and currents."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

# Longest step, in units of the time 1 / omega in which a function changes. The error of a step
# does not show changes between the four times at which the function is evaluated.
LONGEST_ANGLE = 0.5
# A kink is sharp if it exceeds the curvature two samples away by this factor, and rounding.
SHARP, ROUNDING = 8.0, 1e-9
# Times closer than this fraction of the spacing are equal.
SAME = 1e-6


class Stages(NamedTuple):
    """Time t of a drive in s and number n of its outputs; the time between two is a stage."""

    t: float
    n: int = 1

    @property
    def length(self) -> float:
        """Time of a stage in s."""
        return self.t / self.n

    def ends(self) -> NDArray[np.float64]:
        """Return the ends of the stages, the output times, in s, shape (n,)."""
        return self.t * np.arange(1, self.n + 1) / self.n


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

    Most functions have one stage, the whole drive. A Tcl script that uses the stage or the
    time in it may jump from stage to stage.
    """

    values: Any  # shape (stages, k) or (stages, k, 3, 3), from the start to the end of each stage
    spacing: Any  # time between two values in s
    integral: Any  # of the factor up to each value in s, of the shape of values
    longest: Any  # longest step in s of an integration from each value on, shape (stages, k)
    edge: Any  # time in s of the first edge after each value, where a step must end


class Shifted(NamedTuple):
    """A dependence times a weight plus a constant, within a step."""

    dependence: Any
    weight: Any
    shift: Any


TimeDependence = Sine | Sinc | Sampled


def factor(dependence: TimeDependence | Shifted, time: jax.Array) -> jax.Array:
    """Return the value of a factor, a scalar or a matrix of shape (3, 3), at a time in s.

    float64, so that late times keep their digits. At the border of two stages the first counts.
    """
    if isinstance(dependence, Shifted):
        return dependence.weight * factor(dependence.dependence, time) + dependence.shift
    if isinstance(dependence, Sampled):
        stage, below, fraction = _position(dependence, time)
        first, last = dependence.values[stage, below], dependence.values[stage, below + 1]
        return (1 - fraction) * first + fraction * last
    angle = 2 * jnp.pi * dependence.frequency * (time - dependence.start)
    return jnp.sin(angle) if isinstance(dependence, Sine) else jnp.sinc(angle / jnp.pi)


def _position(dependence: Sampled, time: jax.Array) -> tuple[Any, jax.Array, jax.Array]:
    """Return the stage, the sample before a time, and the fraction of the way to the next."""
    stages, count = dependence.values.shape[:2]
    stage: Any = 0
    if stages > 1:
        length = (count - 1) * dependence.spacing
        # Rounding may move the end of a stage by a billionth of its length.
        stage = jnp.clip(jnp.ceil(time / length - 1e-9).astype(int) - 1, 0, stages - 1)
        time = time - stage * length
    position = jnp.clip(time / dependence.spacing, 0, count - 1)
    below = jnp.minimum(jnp.floor(position).astype(int), count - 2)
    return stage, below, position - below


def mean_factor(dependence: Sampled, start: jax.Array, end: jax.Array) -> jax.Array:
    """Return the mean of a factor from start to end (s), however short its pulses are."""

    def integral(time: jax.Array) -> jax.Array:
        stage, below, fraction = _position(dependence, time)
        first, last = dependence.values[stage, below], dependence.values[stage, below + 1]
        inside = fraction * (first + 0.5 * fraction * (last - first))
        result: jax.Array = dependence.integral[stage, below] + dependence.spacing * inside
        return result

    return (integral(end) - integral(start)) / (end - start)


def with_mean(
    dependence: TimeDependence | None, start: jax.Array, duration: jax.Array
) -> TimeDependence | Shifted | None:
    """Shift sampled values so that a step of the classical method acts by their mean.

    The method takes 1/6, 4/6 and 1/6 of the values at the start, the middle and the end of a step.
    That misses a pulse between them and shifts an edge in the middle by up to 1/6 of a step.
    Where the result is off by a thousandth, the mean alone acts all over the step. Smooth functions
    hardly change.
    """
    if not isinstance(dependence, Sampled):
        return dependence
    first, middle, last = (factor(dependence, start + c * duration) for c in (0, 0.5, 1))
    weighted = (first + 4 * middle + last) / 6
    mean = mean_factor(dependence, start, start + duration)
    scale = jnp.max(jnp.abs(jnp.stack([first, middle, last, mean])))
    smooth = jnp.max(jnp.abs(mean - weighted)) <= 1e-3 * scale
    weight = jnp.where(smooth, 1.0, 0.0)
    return Shifted(dependence, weight, mean - weight * weighted)


def step_bounds(
    dependence: TimeDependence, time: jax.Array, end: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return the latest end in s of a step from `time`, and the longest step in s."""
    if not isinstance(dependence, Sampled):
        return end, LONGEST_ANGLE / jnp.abs(2 * jnp.pi * dependence.frequency)
    stages, count = dependence.values.shape[:2]
    length = (count - 1) * dependence.spacing
    stage = jnp.clip(jnp.floor(time / length + 1e-9).astype(int), 0, stages - 1)
    position = jnp.floor((time - stage * length) / dependence.spacing + SAME)
    below = jnp.clip(position.astype(int), 0, count - 1)
    edge = dependence.edge[stage, below]
    # An edge that only rounding separates from the end would give a step of zero length.
    apart = edge < end - SAME * dependence.spacing
    return jnp.where(apart, edge, end), dependence.longest[stage, below]


def sampled(function: Callable[[float], Any], duration: float, spacing: float) -> Sampled:
    """Sample a function of time, a number or nine numbers (a matrix row by row), for a drive.

    Duration and spacing are in s.
    """
    count = int(np.ceil(duration / spacing * (1 - 1e-12))) + 1
    return joined([[function(k * spacing) for k in range(max(count, 2))]], spacing)


def sampled_by_stage(
    function: Callable[[int, float], Any], stages: Stages, spacing: float
) -> Sampled:
    """Sample a function of the stage and of the time in it, at most `spacing` apart in s."""
    intervals = max(1, int(np.ceil(stages.length / spacing * (1 - 1e-12))))
    spacing = stages.length / intervals
    samples = [[function(s, k * spacing) for k in range(intervals + 1)] for s in range(stages.n)]
    return joined(samples, spacing)


def joined(samples: ArrayLike, spacing: float) -> Sampled:
    """Join samples by straight lines, and find the longest allowed step at each of them.

    A step must end at an edge: a sample with a kink that its neighbours do not have, or
    with a change of direction within two samples. Elsewhere a function with the second derivative
    f'' changes in the time 1 / omega = sqrt(V / |f''|), where V is the range of its values. From
    farther away a step may be longer by half the distance, so that steps become shorter before
    something happens and none is short where nothing does.

    Samples are a number or nine numbers at two or more times of each stage, `spacing` s apart.
    """
    values: NDArray[np.float64] = np.array(samples, dtype=float)
    if values.ndim == 3 and values.shape[2] == 9:
        values = values.reshape(*values.shape[:2], 3, 3)
    if values.ndim not in (2, 4) or not np.isfinite(values).all():
        raise ValueError(
            "a time dependence must give finite numbers, one or nine for each time; got an array "
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

    index = np.arange(stages * count).reshape(stages, count) - np.arange(stages)[:, None]
    times = np.where(is_edge, index * spacing, np.inf)
    edge = np.full((stages, count), np.inf)
    edge[:, :-1] = np.minimum.accumulate(times[:, :0:-1], axis=1)[:, ::-1]
    return Sampled(values, np.float64(spacing), integral.reshape(values.shape), longest, edge)
