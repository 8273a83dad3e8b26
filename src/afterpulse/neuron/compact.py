"""A device as a small population: units of a few classes on grains of a few barriers.

The film's units fall into classes that differ in torque and barrier. Of each class the cell
knows how many units are up, and how far the grains beneath the units that are up, and beneath all
units, are set. Within a step of constant current, temperature and bias both follow linear rate
equations, which are solved exactly; steps grow logarithmically, as the film's own relaxation does.
The laws are those of `afterpulse.device`, written here for arrays of any library; energies are
in k_B T at the ambient temperature and amplitudes over the device's critical current.

Functions take JAX arrays of any leading shape, or those of PyTorch with ``xp=torch``.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import norm

Array = Any
"""Of JAX or PyTorch."""

FIRST_PULSE_STEP, PULSE_STEPS = 3e-8, 7
FIRST_WAIT_STEP, WAIT_STEPS = 1e-6, 15
SECTIONS, SECTION_ROUNDS, NEWTON_STEPS = 8, 2, 1
# Of exponents of rates, so that float32 neither overflows nor gives 0 for a sum of rates.
LEAST, MOST = -40.0, 30.0


class Cell(NamedTuple):
    """Parameters of a cell, scalars where no shape is given.

    Attributes
    ----------
    torque, torque_spread
        Energy that the torque of the critical current gives the median unit (k_B T), and the
        standard deviation of its logarithm.
    barrier, barrier_spread
        Barrier of a unit without bias, mean and standard deviation (k_B T).
    grain_bias
        Energy of a unit on grains that are all set (k_B T).
    mean_field
        Energy of a unit in the field of all others if they are up (k_B T); negative for a stray
        field.
    offset
        Energy of a unit without grains or neighbours (k_B T).
    grain_barrier, grain_barrier_spread
        Barrier of the median grain (k_B T), and the standard deviation of its logarithm.
    grain_coupling
        Energy of the median grain under a unit (k_B T).
    log_attempt, log_grain_attempt
        Logarithm of the attempt frequency of units and of grains over 1/s.
    anisotropy_exponent
        Of the barrier as a power of the magnetisation.
    ambient, curie, neel
        Temperatures (K).
    torque_sign
        State, -1 or 1, that a positive current drives to.
    initial_sign
        State, -1 or 1, of the set device.
    stage_rise, stage_time : shape (stages,)
        Of the heat path: steady temperature rise at the critical current (K), time constant (s).
    class_torque, class_barrier : shape (classes,)
        Place of a class in the distributions, in standard deviations.
    grain_class : shape (classes, levels)
        Place of the grains under a class in theirs.
    units
        Number of units that the noise is that of; infinite for a cell without noise.
    """

    torque: Array
    torque_spread: Array
    barrier: Array
    barrier_spread: Array
    grain_bias: Array
    mean_field: Array
    offset: Array
    grain_barrier: Array
    grain_barrier_spread: Array
    grain_coupling: Array
    log_attempt: Array
    log_grain_attempt: Array
    anisotropy_exponent: Array
    ambient: Array
    curie: Array
    neel: Array
    torque_sign: Array
    initial_sign: Array
    stage_rise: Array
    stage_time: Array
    class_torque: Array
    class_barrier: Array
    grain_class: Array
    units: Array


class State(NamedTuple):
    """What a cell remembers; the leading shape is that of a batch.

    Attributes
    ----------
    magnetisation : shape (..., classes)
        Mean m_z of each class: the fast part, which leaks.
    order : shape (..., classes, levels)
        Mean interface spin of the grains: the slow, consolidated part.
    order_up : shape (..., classes, levels)
        What the units that are up contribute to it.
    rise : shape (..., stages)
        Temperature rise of each stage of the heat path (K).
    """

    magnetisation: Array
    order: Array
    order_up: Array
    rise: Array


def population(classes: int, levels: int) -> tuple[Array, Array, Array]:
    """Places of classes and grains in their distributions.

    Parameters
    ----------
    classes, levels : int
        Number of classes of units, and of grains under each.

    Returns
    -------
    class_torque, class_barrier : ndarray, shape (classes,)
        Normal deviates of mean 0 and variance 1, evenly spread by an additive recurrence
        (M. Roberts, The unreasonable effectiveness of quasirandom sequences, 2018), in three
        dimensions of which two are used: with so few classes the one in two fits worse.
    grain_class : ndarray, shape (classes, levels)
        The same of the grains, each class with levels of its own.
    """
    root = 1.2207440846057596  # real root of x⁴ = x + 1
    number = np.arange(1, classes + 1)
    even = [(0.5 + number / root**power) % 1 for power in (1, 3)]
    of_grains = (np.arange(levels) + 0.02 + 0.96 * even[1][:, None]) / levels
    places = [
        norm.ppf((number - 0.5) / classes),
        norm.ppf(np.clip(even[0], 0.03, 0.97)),
        norm.ppf(of_grains),
    ]
    torque, barrier, grains = ((one - one.mean()) / one.std() for one in places)
    return torque, barrier, grains


def fresh(cell: Cell, shape: tuple[int, ...] = ()) -> State:
    """State of a device that has just been set, before it ages.

    Parameters
    ----------
    cell : Cell
        Of JAX arrays.
    shape : tuple of int
        Of the batch.

    Returns
    -------
    State
        All units and grains along the initial state, no heat.
    """
    full = jnp.ones((*shape, *cell.grain_class.shape))
    up = (1 + cell.initial_sign) / 2
    return State(
        full[..., 0] * cell.initial_sign,
        full * cell.initial_sign,
        full * cell.initial_sign * up,
        jnp.zeros((*shape, *cell.stage_rise.shape)),
    )


def reading(state: State) -> Array:
    """Mean m_z of the film, to which its anomalous Hall voltage is proportional; shape (...,)."""
    return state.magnetisation.mean(-1)


def consolidated(state: State) -> Array:
    """Mean interface spin of the grains: what stays; shape (...,)."""
    return state.order.mean((-2, -1))


def barrier_out(barrier: Array, bias: Array, xp: Any = jnp) -> Array:
    """Barrier out of a state, `afterpulse.device.barriers.barrier` for arrays.

    Parameters
    ----------
    barrier, bias : array
        Barrier without bias (> 0) and energy that favours the state, in one unit.
    xp : module
        Library of the arrays.

    Returns
    -------
    array
        In that unit.
    """
    inside = xp.clip(bias / (2 * barrier), -1.0, 1.0)
    return barrier * (1 + inside) ** 2 + 2 * xp.clip(bias - 2 * barrier, 0.0, None)


def scaling(cell: Cell, temperature: Array, xp: Any = jnp) -> tuple[Array, Array, Array, Array]:
    """How energies follow the temperature, over their values at the ambient temperature.

    Parameters
    ----------
    cell : Cell
        Its Curie and Néel temperatures.
    temperature : array
        K; near either temperature it is kept from giving 0.
    xp : module
        Library of the arrays.

    Returns
    -------
    anisotropy, coupling, grain_anisotropy, stray_field : array
        The factors; the laws are those of `afterpulse.device.temperature_scaling`.
    """
    magnetisation = (1 - (temperature / cell.curie) ** 1.5) / (
        1 - (cell.ambient / cell.curie) ** 1.5
    )
    magnetisation = xp.clip(magnetisation, 0.01, None)
    grains = (1 - temperature / cell.neel) / (1 - cell.ambient / cell.neel)
    grains = xp.clip(grains, 1e-3, None)
    return (
        magnetisation**cell.anisotropy_exponent,
        grains**0.5,
        grains,
        magnetisation**2,
    )


def step(
    cell: Cell, state: State, amplitude: Array, duration: Array, deviate: Array, xp: Any = jnp
) -> State:
    """Carry a cell over a step of constant current, with temperature and bias held.

    Parameters
    ----------
    cell : Cell
        Its parameters.
    state : State
        At the start.
    amplitude : array, shape (...,)
        Current over the critical current, 0 in a wait.
    duration : array, shape (...,)
        s.
    deviate : array, shape (...,)
        Standard normal deviates for the noise of a film of few units; zeros for its mean.
    xp : module
        Library of the arrays.

    Returns
    -------
    State
        At the end.

    Notes
    -----
    With the rates r_u, r_d up and down, p = r_u / (r_u + r_d), s = r_u + r_d, and the grains'
    rate k towards ± g, the sum of the grains S and X = (part of the units up) - p S obey

        dm/dt = -s (m - (2 p - 1)),  dS/dt = -k (S - g m),
        dX/dt = -(s + k) X + k g ((1 + m)/2 - p m),

    where in the last two m is the mean of both ends. The bias by the mean field is that at the
    end of the step (implicit), or a stray field would overshoot; where it solves itself is
    bracketed, and then found by Newton's method.
    """
    rest, rise, kelvin = _heated(cell, state.rise, amplitude, duration, xp)
    anisotropy, coupling, grain_anisotropy, stray = scaling(cell, kelvin, xp)
    heat = (kelvin / cell.ambient)[..., None]
    time = duration[..., None]
    m = state.magnetisation
    deviates_of_barrier = cell.barrier_spread * cell.class_barrier
    barrier = xp.clip(cell.barrier + deviates_of_barrier, 1.0, None) * anisotropy[..., None]
    torque = cell.torque_sign * cell.torque * xp.exp(cell.torque_spread * cell.class_torque)
    tilt = torque * amplitude[..., None] + cell.offset
    full = (cell.grain_bias * coupling)[..., None]
    beneath_up = state.order_up.mean(-1) / xp.clip((1 + m) / 2, 1e-4, None)
    beneath_down = (state.order - state.order_up).mean(-1) / xp.clip((1 - m) / 2, 1e-4, None)
    bias_up = tilt + full * xp.clip(beneath_up, -1.0, 1.0)
    bias_down = tilt + full * xp.clip(beneath_down, -1.0, 1.0)
    field = (cell.mean_field * stray)[..., None]

    given = _Given(m, bias_up, bias_down, barrier, field, time, heat)
    mean = _root(cell, given, xp)
    # A last step of Newton's gives the root its derivatives by all else.
    ends = _units(cell, mean, given, xp)
    slope = _constant(xp.clip(ends.slope.mean(-1) - 1, None, -0.2))
    ends = _units(cell, mean - (ends.magnetisation.mean(-1) - mean) / slope, given, xp)

    # All classes turn with one deviate. Deviates of their own would set classes apart, and grains
    # would follow: in the cell they know their class, in the film each unit has its own.
    noise = _noise(cell, m, ends, xp) * deviate[..., None]
    # Cut alike on both sides, or the bound would shift the mean.
    room = xp.clip(1 - abs(ends.magnetisation), 0.0, None)
    noisy = ends.magnetisation + xp.minimum(xp.maximum(noise, -room), room)

    log_grains = cell.grain_barrier_spread * cell.grain_class
    of_grain = cell.grain_barrier * xp.exp(log_grains)
    # Barrier and coupling of a grain grow with its area.
    pull = (cell.grain_coupling * coupling)[..., None, None] * xp.exp(log_grains)
    grain = of_grain * grain_anisotropy[..., None, None]
    away, back = (
        xp.exp(
            xp.clip(
                cell.log_grain_attempt - barrier_out(grain, sign * pull, xp) / heat[..., None],
                LEAST,
                MOST,
            )
        )
        for sign in (1, -1)
    )
    pace, favoured = away + back, (back - away) / (away + back)
    between = ((m + ends.magnetisation) / 2)[..., None]
    share, flips = ends.share_up[..., None], ends.pace[..., None]
    target = favoured * between
    order = target + (state.order - target) * xp.exp(-pace * time[..., None])
    steady = pace * favoured * ((1 + between) / 2 - share * between) / (flips + pace)
    apart = state.order_up - share * state.order
    apart = steady + (apart - steady) * xp.exp(-(flips + pace) * time[..., None])
    order_up = apart + share * order
    # Units that the noise turns take their grains with them.
    turned = (noisy - ends.magnetisation)[..., None] / 2
    taken_up = (order - order_up) / xp.clip((1 - ends.magnetisation) / 2, 1e-4, None)[..., None]
    taken_down = order_up / xp.clip((1 + ends.magnetisation) / 2, 1e-4, None)[..., None]
    taken = xp.where(turned > 0, xp.clip(taken_up, -1.0, 1.0), xp.clip(taken_down, -1.0, 1.0))
    return State(noisy, order, order_up + turned * taken, rest + rise)


class _Given(NamedTuple):
    m: Array
    bias_up: Array
    bias_down: Array
    barrier: Array
    field: Array
    time: Array
    heat: Array


class _Units(NamedTuple):
    magnetisation: Array
    slope: Array
    share_up: Array
    pace: Array
    kept: Array


def _heated(
    cell: Cell, rise: Array, amplitude: Array, duration: Array, xp: Any
) -> tuple[Array, Array, Array]:
    """Steady rise and what is left of the other (K, stages), and the mean temperature (K)."""
    steady = cell.stage_rise * (amplitude**2)[..., None]
    passed = xp.clip(duration[..., None] / cell.stage_time, 1e-7, None)
    excess = rise - steady
    mean = steady + excess * -xp.expm1(-passed) / passed
    return steady, excess * xp.exp(-passed), cell.ambient + mean.sum(-1)


def _root(cell: Cell, given: _Given, xp: Any) -> Array:
    """Mean m_z at the end of a step whose field brings the units there; without derivatives.

    Newton's method alone goes astray where a stray field turns one class after the other.
    """
    held = Cell(*(_constant(value) for value in cell))
    given = _Given(*(_constant(one) for one in given))
    wide = _Given(*(one[..., None, :] for one in given))
    start = given.m[..., 0] * 0
    low, high = start - 1, start + 1
    for _ in range(SECTION_ROUNDS):
        width = (high - low) / SECTIONS
        inner = xp.stack([low + width * number for number in range(1, SECTIONS)], -1)
        below = (_units(held, inner, wide, xp).magnetisation.mean(-1) > inner).sum(-1)
        low, high = low + width * below, low + width * (below + 1)
    mean = (low + high) / 2
    for _ in range(NEWTON_STEPS):
        ends = _units(held, mean, given, xp)
        slope = xp.clip(ends.slope.mean(-1) - 1, None, -0.2)
        newton = mean - (ends.magnetisation.mean(-1) - mean) / slope
        mean = xp.minimum(xp.maximum(newton, low), high)
    return mean


def _constant(value: Array) -> Array:
    """Value without its derivatives; numbers stay as they are."""
    if isinstance(value, jax.Array):
        return jax.lax.stop_gradient(value)
    return value.detach() if hasattr(value, "detach") else value


def _units(cell: Cell, mean: Array, given: _Given, xp: Any) -> _Units:
    """Units at the end of a step if the mean m_z is then `mean`, with the derivative by it."""
    m, bias_up, bias_down, barrier, field, time, heat = given
    up, down = bias_up + field * mean[..., None], -(bias_down + field * mean[..., None])
    rate_down, rate_up = (
        xp.exp(xp.clip(cell.log_attempt - barrier_out(barrier, bias, xp) / heat, LEAST, MOST))
        for bias in (up, down)
    )
    # The derivative of a barrier by its bias is 1 + h, between 0 and 2.
    fall_down, fall_up = (
        xp.clip(1 + bias / (2 * barrier), 0.0, 2.0) * field / heat for bias in (up, down)
    )
    pace = rate_up + rate_down
    share = rate_up / pace
    kept = xp.exp(-pace * time)
    steady = 2 * share - 1
    d_share = share * (1 - share) * (fall_up + fall_down)
    d_pace = rate_up * fall_up - rate_down * fall_down
    slope = 2 * d_share * (1 - kept) - (m - steady) * kept * time * d_pace
    return _Units(steady + (m - steady) * kept, slope, share, pace, kept)


def _noise(cell: Cell, m: Array, ends: _Units, xp: Any) -> Array:
    """Standard deviation of m_z of so few units of a class, given the state at the step's start."""
    stays = ends.share_up + (1 - ends.share_up) * ends.kept
    rises = ends.share_up * (1 - ends.kept)
    variance = (1 + m) / 2 * stays * (1 - stays) + (1 - m) / 2 * rises * (1 - rises)
    # The root of the quotient would have no derivative where the number is infinite.
    return 2 * xp.clip(variance, 1e-12, None) ** 0.5 / cell.units**0.5


def pulse_steps(width: Array, xp: Any = jnp) -> list[Array]:
    """Durations (s) of the steps of a pulse of a width (s), growing."""
    return _growing(width, FIRST_PULSE_STEP, PULSE_STEPS, xp)


def wait_steps(duration: Array, xp: Any = jnp) -> list[Array]:
    """Durations (s) of the steps of a wait (s), growing."""
    return _growing(duration, FIRST_WAIT_STEP, WAIT_STEPS, xp)


def _growing(duration: Array, first: float, count: int, xp: Any) -> list[Array]:
    """Steps whose ends grow by one factor from `first`, or a tenth of a duration below it."""
    safe = xp.clip(duration, 1e-15, None)
    start = xp.clip(safe / 10, None, first)
    ends = [safe * (start / safe) ** (1 - number / (count - 1)) for number in range(count)]
    return [end - before for end, before in zip(ends, [0.0, *ends[:-1]], strict=True)]
