"""Compact memory-cell model: units of a few classes on grains of a few barriers.

The units of the film fall into classes that differ in torque, barrier and in how far the few grains
beneath a unit are from their mean. The state of a class is its mean m_z, the order of the grains
beneath its units, and the part of that order beneath the units that are up. Within a step of
constant current, temperature and bias the rate equations are linear and are solved exactly; steps
grow logarithmically, as the film's own relaxation does. The laws are those of `afterpulse.device`,
whose functions are for NumPy and Numba only. Energies are in k_B T at the ambient temperature,
amplitudes are over the critical current.

Functions take JAX arrays of any leading shape, or PyTorch tensors with ``xp=torch``.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.constants import golden_ratio
from scipy.stats import norm

Array = Any
"""Array of JAX or PyTorch."""

FIRST_PULSE_STEP, PULSE_STEPS = 3e-8, 7
FIRST_WAIT_STEP, WAIT_STEPS = 1e-6, 15
SECTIONS, SECTION_ROUNDS, NEWTON_STEPS = 8, 2, 1
# Bounds of the exponents of rates, so that float32 neither overflows nor gives 0 for their sum.
MIN_EXPONENT, MAX_EXPONENT = -40.0, 30.0
# Fraction of units up or down below which the order beneath them counts as none.
MIN_FRACTION = 1e-4


class Cell(NamedTuple):
    """Parameters of a memory cell, scalars where no shape is given; energies in k_B T."""

    torque: Array  # energy of the median unit in the torque of the critical current
    torque_spread: Array  # standard deviation of the logarithm of the torque
    barrier: Array  # mean barrier of units without bias
    barrier_spread: Array  # standard deviation of the barriers
    grain_bias: Array  # energy of a unit on fully ordered grains
    grain_count: Array  # number of grains beneath a unit
    mean_field: Array  # energy of a unit if all others are up; negative for a stray field
    offset: Array  # energy of a unit without grains or neighbours
    grain_barrier: Array  # barrier of the median grain
    grain_barrier_spread: Array  # standard deviation of the logarithm of the grain barrier
    grain_coupling: Array  # energy of the median grain under a unit
    log_attempt: Array  # logarithm of the attempt frequency of units over 1/s
    log_grain_attempt: Array  # the same of grains
    anisotropy_exponent: Array  # exponent of the barrier as a power of the magnetisation
    ambient: Array  # ambient temperature (K)
    curie: Array  # Curie temperature (K)
    neel: Array  # Néel temperature (K)
    torque_sign: Array  # state, -1 or 1, favoured by a positive current
    initial_sign: Array  # state, -1 or 1, of the initialised device
    stage_rise: Array  # (stages,), steady temperature rise at the critical current (K)
    stage_time: Array  # (stages,), time constant of the heat path (s)
    class_torque: Array  # (classes,), standard normal deviates of the torque
    class_barrier: Array  # (classes,), the same of the barrier
    class_order: Array  # (classes,), the same of the order of the grains beneath a unit
    grain_class: Array  # (classes, levels), the same of the grains under a class
    units: Array  # number of units of the film, which sets the noise; infinite for no noise


class State(NamedTuple):
    """State of a memory cell; the leading shape is that of a batch."""

    magnetisation: Array  # (..., classes), mean m_z: the fast part, which decays
    order: Array  # (..., classes, levels), mean interface spin of the grains: the slow part
    order_up: Array  # contribution of the grains beneath units that are up to `order`
    rise: Array  # (..., stages), temperature rise of each stage of the heat path (K)


def population(classes: int, levels: int) -> tuple[Array, Array, Array, Array]:
    """Return deviates of mean 0 and variance 1 of torque, barrier, order and grains of classes.

    Torque, barrier and order have shape (classes,), grains (classes, levels). The deviates are
    quantiles of the normal distribution, evenly spread by additive recurrences (M. Roberts, The
    unreasonable effectiveness of quasirandom sequences, 2018; the golden ratio for the order).
    """
    root = 1.2207440846057596  # real root of x⁴ = x + 1
    index = np.arange(1, classes + 1)
    barrier, grain, order = ((0.5 + index / step) % 1 for step in (root, root**3, golden_ratio))
    quantiles = (
        (index - 0.5) / classes,
        np.clip(barrier, 0.03, 0.97),
        (order.argsort().argsort() + 0.5) / classes,
        (np.arange(levels) + 0.02 + 0.96 * grain[:, None]) / levels,
    )
    torque, barrier, order, grains = (
        (values - values.mean()) / values.std() for values in map(norm.ppf, quantiles)
    )
    return torque, barrier, order, grains


def fresh(cell: Cell, shape: tuple[int, ...] = ()) -> State:
    """Return the initialised state before ageing, cold, for a batch of a shape."""
    full = jnp.ones((*shape, *cell.grain_class.shape))
    up = (1 + cell.initial_sign) / 2
    return State(
        full[..., 0] * cell.initial_sign,
        full * cell.initial_sign,
        full * cell.initial_sign * up,
        jnp.zeros((*shape, *cell.stage_rise.shape)),
    )


def reading(state: State) -> Array:
    """Return the mean m_z of the film, proportional to its anomalous Hall voltage; shape (...,)."""
    return state.magnetisation.mean(-1)


def consolidated(state: State) -> Array:
    """Return the mean interface spin of the grains, the lasting part of the state; shape (...,)."""
    return state.order.mean((-2, -1))


def barrier_out(barrier: Array, bias: Array, xp: Any = jnp) -> Array:
    """Return the barrier out of a state, see `afterpulse.device.barriers.barrier`."""
    inside = xp.clip(bias / (2 * barrier), -1.0, 1.0)
    return barrier * (1 + inside) ** 2 + 2 * xp.clip(bias - 2 * barrier, 0.0, None)


def scaling(cell: Cell, temperature: Array, xp: Any = jnp) -> tuple[Array, Array, Array, Array]:
    """Return the factors of energies at a temperature (K) over those at the ambient temperature.

    They are those of the barrier of units, interface coupling, grain anisotropy and stray field.
    The barrier is a power of the magnetisation near the ambient temperature; the others follow
    `afterpulse.device.temperature_scaling`. All are bounded above 0.
    """
    magnetisation = (1 - (temperature / cell.curie) ** 1.5) / (
        1 - (cell.ambient / cell.curie) ** 1.5
    )
    magnetisation = xp.clip(magnetisation, 0.01, None)
    grains = (1 - temperature / cell.neel) / (1 - cell.ambient / cell.neel)
    grains = xp.clip(grains, 1e-3, None)
    barrier = magnetisation**cell.anisotropy_exponent
    return barrier, grains**0.5 * magnetisation, grains, magnetisation**2


def step(
    cell: Cell, state: State, amplitude: Array, duration: Array, deviate: Array, xp: Any = jnp
) -> State:
    """Advance a memory cell by a step of constant current, temperature and bias.

    `amplitude` is over the critical current, 0 in a wait; `duration` in s; `deviate` holds standard
    normal deviates of the noise, zeros for the mean. All have shape (...,). `xp` is the library of
    the arrays.

    Notes
    -----
    With the rates r_u, r_d up and down, p = r_u / (r_u + r_d), s = r_u + r_d, and the grains'
    rate k towards ± g, the sum of the grains S and X = (part of the units up) - p S obey

        dm/dt = -s (m - (2 p - 1)),  dS/dt = -k (S - g m),
        dX/dt = -(s + k) X + k g ((1 + m)/2 - p m),

    where in the last two m is the mean of start and end. The mean field is that at the end of the
    step (implicit), since an explicit stray field would overshoot. The self-consistent m is
    bracketed, then found by Newton's method.
    """
    steady_rise, decaying_rise, temperature = _heated(cell, state.rise, amplitude, duration, xp)
    anisotropy, coupling, grain_anisotropy, stray = scaling(cell, temperature, xp)
    heat = (temperature / cell.ambient)[..., None]
    time = duration[..., None]
    m = state.magnetisation
    barrier_deviation = cell.barrier_spread * cell.class_barrier
    barrier = xp.clip(cell.barrier + barrier_deviation, 1.0, None) * anisotropy[..., None]
    torque = cell.torque_sign * cell.torque * xp.exp(cell.torque_spread * cell.class_torque)
    tilt = torque * amplitude[..., None] + cell.offset
    full_bias = (cell.grain_bias * coupling)[..., None]
    beneath_up = state.order_up.mean(-1) / xp.clip((1 + m) / 2, MIN_FRACTION, None)
    beneath_down = (state.order - state.order_up).mean(-1) / xp.clip(
        (1 - m) / 2, MIN_FRACTION, None
    )
    bias_up = tilt + full_bias * _order_of_class(cell, beneath_up, xp)
    bias_down = tilt + full_bias * _order_of_class(cell, beneath_down, xp)
    field = (cell.mean_field * stray)[..., None]

    start = _UnitsStart(m, bias_up, bias_down, barrier, field, time, heat)
    mean = _root(cell, start, xp)
    # The last Newton step is differentiable and gives the root its derivatives.
    end = _units(cell, mean, start, xp)
    slope = _constant(xp.clip(end.slope.mean(-1) - 1, None, -0.2))
    end = _units(cell, mean - (end.magnetisation.mean(-1) - mean) / slope, start, xp)

    # All classes share one deviate. Independent deviates would make classes drift apart together
    # with their grains: a grain of the model knows its class, a grain of the film only its unit.
    noise = _noise(cell, m, end, xp) * deviate[..., None]
    # A symmetric bound keeps the mean.
    bound = xp.clip(1 - abs(end.magnetisation), 0.0, None)
    noisy = end.magnetisation + xp.minimum(xp.maximum(noise, -bound), bound)

    log_grains = cell.grain_barrier_spread * cell.grain_class
    # Barrier and coupling of a grain grow with its area.
    pull = (cell.grain_coupling * coupling)[..., None, None] * xp.exp(log_grains)
    grain_barrier = cell.grain_barrier * xp.exp(log_grains) * grain_anisotropy[..., None, None]
    away, back = (
        _rate(
            cell.log_grain_attempt, barrier_out(grain_barrier, sign * pull, xp), heat[..., None], xp
        )
        for sign in (1, -1)
    )
    grain_rate, equilibrium = away + back, (back - away) / (away + back)
    mean_m = _mean_over_step(m, end, time, xp)[..., None]
    fraction_up, unit_rate = end.fraction_up[..., None], end.rate[..., None]
    target = equilibrium * mean_m
    order = target + (state.order - target) * xp.exp(-grain_rate * time[..., None])
    steady = (
        grain_rate
        * equilibrium
        * ((1 + mean_m) / 2 - fraction_up * mean_m)
        / (unit_rate + grain_rate)
    )
    excess = state.order_up - fraction_up * state.order
    excess = steady + (excess - steady) * xp.exp(-(unit_rate + grain_rate) * time[..., None])
    order_up = excess + fraction_up * order
    # Units that the noise reverses take their grains with them.
    reversed_up = (noisy - end.magnetisation)[..., None] / 2
    order_of_down = (order - order_up) / xp.clip((1 - end.magnetisation) / 2, MIN_FRACTION, None)[
        ..., None
    ]
    order_of_up = order_up / xp.clip((1 + end.magnetisation) / 2, MIN_FRACTION, None)[..., None]
    moved = xp.where(
        reversed_up > 0, xp.clip(order_of_down, -1.0, 1.0), xp.clip(order_of_up, -1.0, 1.0)
    )
    return State(noisy, order, order_up + reversed_up * moved, steady_rise + decaying_rise)


class _UnitsStart(NamedTuple):
    m: Array
    bias_up: Array
    bias_down: Array
    barrier: Array
    field: Array
    time: Array
    heat: Array


class _UnitsEnd(NamedTuple):
    magnetisation: Array
    slope: Array
    fraction_up: Array
    rate: Array
    kept: Array


def _heated(
    cell: Cell, rise: Array, amplitude: Array, duration: Array, xp: Any
) -> tuple[Array, Array, Array]:
    """Return the steady and the decayed rise (K, stages), and the mean temperature (K)."""
    steady = cell.stage_rise * (amplitude**2)[..., None]
    passed = xp.clip(duration[..., None] / cell.stage_time, 1e-7, None)
    excess = rise - steady
    mean = steady + excess * -xp.expm1(-passed) / passed
    return steady, excess * xp.exp(-passed), cell.ambient + mean.sum(-1)


def _order_of_class(cell: Cell, order: Array, xp: Any) -> Array:
    """Return the order beneath the units of a class where the mean over all units is `order`.

    Grains are up or down, so that the sum of a few scatters between units as a binomial number.
    """
    mean = xp.clip(order, -1.0, 1.0)
    scatter = xp.clip(1 - mean**2, 1e-6, None) ** 0.5 / cell.grain_count**0.5
    return xp.clip(mean + scatter * cell.class_order, -1.0, 1.0)


def _root(cell: Cell, start: _UnitsStart, xp: Any) -> Array:
    """Return the self-consistent mean m_z at the end of a step, without derivatives.

    Newton's method alone fails where a stray field reverses one class after the other.
    """
    cell = Cell(*(_constant(value) for value in cell))
    start = _UnitsStart(*(_constant(value) for value in start))
    wide = _UnitsStart(*(value[..., None, :] for value in start))
    zero = start.m[..., 0] * 0
    low, high = zero - 1, zero + 1
    for _ in range(SECTION_ROUNDS):
        width = (high - low) / SECTIONS
        inner = xp.stack([low + width * index for index in range(1, SECTIONS)], -1)
        below = (_units(cell, inner, wide, xp).magnetisation.mean(-1) > inner).sum(-1)
        low, high = low + width * below, low + width * (below + 1)
    mean = (low + high) / 2
    for _ in range(NEWTON_STEPS):
        end = _units(cell, mean, start, xp)
        slope = xp.clip(end.slope.mean(-1) - 1, None, -0.2)
        newton = mean - (end.magnetisation.mean(-1) - mean) / slope
        mean = xp.minimum(xp.maximum(newton, low), high)
    return mean


def _constant(value: Array) -> Array:
    """Return a value without its derivatives."""
    if isinstance(value, jax.Array):
        return jax.lax.stop_gradient(value)
    return value.detach() if hasattr(value, "detach") else value


def _rate(log_attempt: Array, barrier: Array, heat: Array, xp: Any) -> Array:
    """Return the Néel-Arrhenius rate (1/s); `heat` is the temperature over the ambient one."""
    return xp.exp(xp.clip(log_attempt - barrier / heat, MIN_EXPONENT, MAX_EXPONENT))


def _units(cell: Cell, mean: Array, start: _UnitsStart, xp: Any) -> _UnitsEnd:
    """Return the units at the end of a step of mean field `mean`, and their derivative by it."""
    m, bias_up, bias_down, barrier, field, time, heat = start
    up, down = bias_up + field * mean[..., None], -(bias_down + field * mean[..., None])
    rate_down, rate_up = (
        _rate(cell.log_attempt, barrier_out(barrier, bias, xp), heat, xp) for bias in (up, down)
    )
    # The derivative of a barrier by its bias is 1 + h, between 0 and 2.
    fall_down, fall_up = (
        xp.clip(1 + bias / (2 * barrier), 0.0, 2.0) * field / heat for bias in (up, down)
    )
    rate = rate_up + rate_down
    fraction_up = rate_up / rate
    kept = xp.exp(-rate * time)
    steady = 2 * fraction_up - 1
    d_fraction = fraction_up * (1 - fraction_up) * (fall_up + fall_down)
    d_rate = rate_up * fall_up - rate_down * fall_down
    slope = 2 * d_fraction * (1 - kept) - (m - steady) * kept * time * d_rate
    return _UnitsEnd(steady + (m - steady) * kept, slope, fraction_up, rate, kept)


def _mean_over_step(m: Array, end: _UnitsEnd, time: Array, xp: Any) -> Array:
    """Return the mean of m_z of a class over a step, in which it relaxes exponentially.

    Grains follow it: a deviation of fast units at the start lasts for a part of a long step only.
    """
    passed = xp.clip(end.rate * time, 1e-2, 50.0)
    left = xp.exp(-passed)
    mean = (1 - left) / passed
    return m * (mean - left) / (1 - left) + end.magnetisation * (1 - mean) / (1 - left)


def _noise(cell: Cell, m: Array, end: _UnitsEnd, xp: Any) -> Array:
    """Return the standard deviation of the m_z of a class, given the state at the start."""
    stays = end.fraction_up + (1 - end.fraction_up) * end.kept
    rises = end.fraction_up * (1 - end.kept)
    variance = (1 + m) / 2 * stays * (1 - stays) + (1 - m) / 2 * rises * (1 - rises)
    # The root of the quotient would have no derivative where the number is infinite.
    return 2 * xp.clip(variance, 1e-12, None) ** 0.5 / cell.units**0.5


def pulse_steps(width: Array, xp: Any = jnp) -> list[Array]:
    """Return the growing durations (s) of the steps of a pulse of a width (s)."""
    return _growing(width, FIRST_PULSE_STEP, PULSE_STEPS, xp)


def wait_steps(duration: Array, xp: Any = jnp) -> list[Array]:
    """Return the growing durations (s) of the steps of a wait (s)."""
    return _growing(duration, FIRST_WAIT_STEP, WAIT_STEPS, xp)


def _growing(duration: Array, first: float, count: int, xp: Any) -> list[Array]:
    """Return steps that end at geometric times from `first`, or a tenth of a shorter duration."""
    safe = xp.clip(duration, 1e-15, None)
    start = xp.clip(safe / 10, None, first)
    ends = [safe * (start / safe) ** (1 - index / (count - 1)) for index in range(count)]
    return [end - before for end, before in zip(ends, [0.0, *ends[:-1]], strict=True)]
