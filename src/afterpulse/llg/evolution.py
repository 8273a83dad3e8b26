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
from .parameters import Parameters
from .stochastic_runge_kutta import stochastic_runge_kutta, thermal_end, thermal_start
from .system import orientation
from .time_dependence import Sinc, Sine, Stages

# Step of a drive that gives none, in s.
TIME_STEP = 2.5e-13
# A step that is too long shows in the length of the vectors before they are normalised. Measured
# on a film at 300 K with gamma dt B = 1.4, 1.6, 1.9, 2.3 (B = 16 A / (M_s d^2)): the largest
# change is 0.004, 0.009, 0.02, 0.05, and <m_z> is off by 0.02 %, 0.1 %, 0.15 %, 0.4 %.
LARGEST_DRIFT = 0.03
# Angle (rad) that a sine may turn in a thermal step. The classical method integrates it to 3e-4.
LARGEST_TURN = 1.0
# Steps between two checks of the wall clock, and seconds between two checkpoints.
STEPS = 200
CHECKPOINT_SPACING = 10.0


class IntegrationError(RuntimeError):
    """An integration diverged or did not converge."""


class Stepping(NamedTuple):
    """Settings of an integrator."""

    time_step: float = TIME_STEP  # longest step at T > 0, first step at T = 0, in s
    tolerance: float | None = None  # largest error of a unit vector in one step at T = 0


class Integration(NamedTuple):
    """An integrator at T = 0 or T > 0 with all arguments of its steps except the state.

    `advance` goes on by some steps, but not beyond the output of an index; `reached` checks for
    that output; `sound` checks that the numbers can be trusted; `drawn` is the position in the
    random numbers.
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
    stages: Stages,
    noise: NoiseStream,
    stepping: Stepping,
    checkpoint: Path | None = None,
) -> Iterator[tuple[float, NDArray[Any]]]:
    """Integrate one system, yielding time in s and unit magnetisation at each output.

    The system gives the start, the temperature and the name, the parameters set the precision. At
    T > 0 the noise gives the random numbers, and each output moves its position on. `checkpoint` is
    a directory to continue from and to keep up to date; the caller deletes it.

    Raises ValueError if a number is not positive, a thermal step is too long for the frequency of
    a field, or the checkpoint belongs to another drive; IntegrationError if the system diverges.
    """
    (t, n), (time_step, tolerance) = stages, stepping
    if not (t > 0 and n > 0 and time_step > 0):
        raise ValueError(f"t, n and time_step must be positive, not {t}, {n}, {time_step}")
    if not (tolerance is None or tolerance > 0):
        raise ValueError(f"tolerance must be positive, not {tolerance}")
    m = jnp.asarray(orientation(system), parameters.saturation_magnetisation.dtype)
    drive = ""
    if checkpoint is not None:
        drive = fingerprint(m, parameters, t, n, noise.seed, time_step, tolerance)
    with COMPILING:
        integration = (
            _thermal(m, parameters, stages, noise, time_step)
            if system.T > 0
            else _at_zero_temperature(m, parameters, stages, stepping)
        )
    state, first, times = integration.start, 0, stages.ends()
    if checkpoint is not None and (stored := load(checkpoint, drive, state)) is not None:
        first, state = stored
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


def steps_per_output(stages: Stages, time_step: float) -> int:
    """Return the number of thermal steps from one output to the next."""
    # Without the tolerance 2 ns / 1 ps could count as 2001 steps.
    return max(1, int(np.ceil(stages.length / time_step * (1 - 1e-9))))


def _thermal(
    m: Any, parameters: Parameters, stages: Stages, noise: NoiseStream, time_step: float
) -> Integration:
    key = jnp.asarray(seed_key(noise.seed))
    steps = steps_per_output(stages, time_step)
    fixed = jnp.asarray(stages.length / steps, jnp.float64)
    for dependence in parameters.time_dependences():
        if isinstance(dependence, Sine | Sinc):
            turn = float(2 * np.pi * abs(dependence.frequency) * fixed)
            if turn > LARGEST_TURN:
                raise ValueError(
                    f"a frequency of {float(dependence.frequency):.4g} Hz needs a time_step of "
                    f"{float(fixed) * LARGEST_TURN / turn:.3g} s or less, not {time_step:.3g} s"
                )

    def run(state: Any, until: int) -> Any:
        return stochastic_runge_kutta(state, parameters, key, jnp.asarray(until, jnp.int64), fixed)

    def advance(state: Any, output: int) -> Any:
        return run(state, min(int(state.step) + STEPS, (output + 1) * steps))

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
    return Integration(run(start, 0), advance, reached, sound, magnetisation, drawn)


def _at_zero_temperature(
    m: Any, parameters: Parameters, stages: Stages, stepping: Stepping
) -> Integration:
    time_step, tolerance = stepping
    tolerance = TOLERANCE[m.dtype.name] if tolerance is None else tolerance
    largest = jnp.asarray(tolerance, jnp.float64)
    times, jumps = stages.ends(), has_stages(parameters)

    def run(state: Any, time: float) -> Any:
        return adaptive_runge_kutta(
            state, parameters, jnp.asarray(time, jnp.float64), jnp.asarray(STEPS), largest
        )

    def advance(state: Any, output: int) -> Any:
        if jumps and output > 0 and float(state.time) == times[output - 1]:
            state = begin_stage(state, parameters, jnp.asarray(stages.length, jnp.float64))
        return run(state, times[output])

    def reached(state: Any, output: int) -> bool:
        return bool(state.time >= times[output])

    def sound(state: Any) -> bool:
        return bool(state.step >= SMALLEST_STEP)

    def magnetisation(state: Any) -> Any:
        return state.m

    start = adaptive_start(m, parameters, jnp.asarray(time_step, jnp.float64))
    return Integration(run(start, 0.0), advance, reached, sound, magnetisation)
