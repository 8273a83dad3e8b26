"""One system in time, with outputs and checkpoints."""

import time as clock
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray

from .adaptive_runge_kutta import (
    SMALLEST_STEP,
    TOLERANCE,
    adaptive_runge_kutta,
    adaptive_start,
    begin_stage,
    has_stages,
)
from .checkpoint import fingerprint, load, load_output, save, save_output
from .compilation_cache import COMPILING
from .fields.thermal import seed_key
from .noise_stream import NoiseStream
from .stochastic_runge_kutta import stochastic_runge_kutta, thermal_end, thermal_start
from .system import Parameters, orientation
from .time_dependence import Sinc, Sine

# A step that is too long shows in the length of the vectors before they are normalised. Measured
# on a film at 300 K with gamma dt B = 1.4, 1.6, 1.9, 2.3 (B = 16 A / (M_s d^2)): the largest
# change is 0.004, 0.009, 0.02, 0.05, and <m_z> is off by 0.02 %, 0.1 %, 0.15 %, 0.4 %.
LARGEST_DRIFT = 0.03
# Angle (rad) that a sine may turn in a thermal step. The classical method integrates it to 3e-4.
LARGEST_TURN = 1.0
# Steps between two looks at the clock, and seconds of it between two checkpoints.
STEPS = 200
CHECKPOINT_SPACING = 10.0


class IntegrationError(RuntimeError):
    """An integration diverged or did not converge."""


class Integration(NamedTuple):
    """One of the two integrators, with all that its steps need but the state.

    Attributes
    ----------
    start : State or ThermalState
        Where it begins.
    advance : callable
        (state, number of an output) to the state some steps later, not beyond that output.
    reached : callable
        (state, number of an output) to whether it is there.
    sound : callable
        state to whether the integration can be trusted so far.
    magnetisation : callable
        state to the unit magnetisation, shape (3, nz, nx, ny).
    drawn : callable
        (state, number of an output) to the position in the random numbers there.
    """

    start: Any
    advance: Callable[[Any, int], Any]
    reached: Callable[[Any, int], bool]
    sound: Callable[[Any], bool]
    magnetisation: Callable[[Any], Any]
    drawn: Callable[[Any, int], int] = lambda state, output: 0


def evolve(
    system: mm.System,
    parameters: Parameters,
    t: float,
    n: int,
    noise: NoiseStream,
    time_step: float,
    dtype: str,
    tolerance: float | None = None,
    checkpoint: Path | None = None,
) -> Iterator[tuple[float, NDArray[Any]]]:
    """Integrate one system, stopping at n equally spaced times.

    Parameters
    ----------
    system : micromagneticmodel.System
        Gives the start, the temperature and the name.
    parameters : Parameters
        Its parameters in the precision `dtype`.
    t, n, time_step, dtype, tolerance
        As in `drive_batch`.
    noise : NoiseStream
        Gives the random numbers at T > 0; its position moves on with each output.
    checkpoint : Path, optional
        Directory to go on from and to keep up to date; the caller deletes it.

    Yields
    ------
    tuple
        Time in s and unit magnetisation, shape (3, nz, nx, ny).

    Raises
    ------
    ValueError
        If t, n, time_step or tolerance is not positive, a thermal step is too long for the
        frequency of a field, or the checkpoint belongs to another drive.
    IntegrationError
        If the system diverges.
    """
    if not (t > 0 and n > 0 and time_step > 0):
        raise ValueError(f"t, n and time_step must be positive, not {t}, {n}, {time_step}")
    if not (tolerance is None or tolerance > 0):
        raise ValueError(f"tolerance must be positive, not {tolerance}")
    m = jnp.asarray(orientation(system), dtype=dtype)
    drive = ""
    if checkpoint is not None:
        drive = fingerprint(m, parameters, t, n, noise.seed, time_step, tolerance)
    tolerance = TOLERANCE[dtype] if tolerance is None else tolerance
    with COMPILING:
        integration = (
            _thermal(m, parameters, t, n, noise, time_step)
            if system.T > 0
            else _at_zero_temperature(m, parameters, t, n, time_step, tolerance)
        )
    state, first, times = integration.start, 0, output_times(t, n)
    if checkpoint is not None and (found := load(checkpoint, drive, state)) is not None:
        first, state = found
        for output in range(first):
            noise.position = integration.drawn(state, output)
            yield float(times[output]), load_output(checkpoint, output)
    saved = clock.monotonic()
    for output in range(first, n):
        while integration.sound(state) and not integration.reached(state, output):
            state = integration.advance(state, output)
            if checkpoint is not None and clock.monotonic() - saved > CHECKPOINT_SPACING:
                save(checkpoint, drive, output, state)
                saved = clock.monotonic()
        values = np.array(integration.magnetisation(state))
        if not (integration.sound(state) and np.isfinite(values).all()):
            raise IntegrationError(
                f"system '{system.name}' diverged before {times[output]:.4g} s; use a shorter "
                f"time_step than {time_step:.3g} s or check its parameters"
            )
        if checkpoint is not None:
            save_output(checkpoint, output, values)
        noise.position = integration.drawn(state, output)
        yield float(times[output]), values


def thermal_steps(t: float, n: int, time_step: float) -> int:
    """Count the steps from one output to the next at T > 0."""
    # Without the tolerance 2 ns / 1 ps could count as 2001 steps.
    return max(1, int(np.ceil(t / n / time_step * (1 - 1e-9))))


def _thermal(
    m: Any, parameters: Parameters, t: float, n: int, noise: NoiseStream, time_step: float
) -> Integration:
    key = jnp.asarray(seed_key(noise.seed))
    steps = thermal_steps(t, n, time_step)
    fixed = jnp.asarray(t / n / steps, jnp.float64)
    for dependence in parameters.time_dependences():
        if isinstance(dependence, Sine | Sinc):
            turned = float(2 * np.pi * abs(dependence.frequency) * fixed)
            if turned > LARGEST_TURN:
                raise ValueError(
                    f"a frequency of {float(dependence.frequency):.4g} Hz needs a time_step of "
                    f"{float(fixed) * LARGEST_TURN / turned:.3g} s or less, not {time_step:.3g} s"
                )

    def upto(state: Any, until: int) -> Any:
        return stochastic_runge_kutta(state, parameters, key, jnp.asarray(until, jnp.int64), fixed)

    def advance(state: Any, output: int) -> Any:
        return upto(state, min(int(state.step) + STEPS, (output + 1) * steps))

    def reached(state: Any, output: int) -> bool:
        return int(state.step) >= (output + 1) * steps

    def sound(state: Any) -> bool:
        return bool(state.drift.max() < LARGEST_DRIFT)

    def magnetisation(state: Any) -> Any:
        return thermal_end(state, parameters, fixed)

    def drawn(state: Any, output: int) -> int:
        return int(state.drawn) + (output + 1) * steps

    before = jnp.asarray(noise.position, jnp.int64)
    start = thermal_start(m, parameters, key, fixed, before)
    return Integration(upto(start, 0), advance, reached, sound, magnetisation, drawn)


def _at_zero_temperature(
    m: Any, parameters: Parameters, t: float, n: int, time_step: float, tolerance: float
) -> Integration:
    times, largest = output_times(t, n), jnp.asarray(tolerance, jnp.float64)
    jumps = has_stages(parameters)

    def upto(state: Any, time: float) -> Any:
        return adaptive_runge_kutta(
            state, parameters, jnp.asarray(time, jnp.float64), jnp.asarray(STEPS), largest
        )

    def advance(state: Any, output: int) -> Any:
        if jumps and output > 0 and float(state.time) == times[output - 1]:
            state = begin_stage(state, parameters, jnp.asarray(t / n, jnp.float64))
        return upto(state, times[output])

    def reached(state: Any, output: int) -> bool:
        return bool(state.time >= times[output])

    def sound(state: Any) -> bool:
        return bool(state.step >= SMALLEST_STEP)

    def magnetisation(state: Any) -> Any:
        return state.m

    start = adaptive_start(m, parameters, jnp.asarray(time_step, jnp.float64))
    return Integration(upto(start, 0.0), advance, reached, sound, magnetisation)


def output_times(t: float, n: int) -> NDArray[np.float64]:
    """Equally spaced times, n of them, that end at t; in s."""
    return t * np.arange(1, n + 1) / n
