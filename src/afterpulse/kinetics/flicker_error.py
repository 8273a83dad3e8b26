"""Effect of the flicker limit on the mean states, estimated while the kinetics run.

A slow element sees its fast neighbours, those held to the limit, in fewer independent states than
in nature. The mean of its rate over them is right, but the integral of the rate over time
scatters, and more elements are left that leave at scattering rates than at their mean.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as boltzmann

from afterpulse.device.compiled import compiled
from afterpulse.kinetics.monte_carlo import (
    Elements,
    Links,
    System,
    element_of,
    escape_rate,
    shared_by,
)

# An element whose present rate has given it less than this chance to leave does not count.
LEAST_CHANCE = 1e-5
# A bond that changes the logarithm of a rate by less than this counts to second order.
WEAK = 0.03
# A bond that changes it by more decides alone; exp(2 y) has to stay finite.
MOST_Y = 300.0


@compiled
def flicker_error(
    system: System,
    elapsed: float,
    unit_fraction: NDArray[np.float64],
    grain_fraction: NDArray[np.float64],
) -> tuple[float, float]:
    """Estimate by how much the limit changes the mean states, to first order.

    `elapsed` is the time since the segment began (s). The result is the mean state of the units
    and of the grains with the limit, less the one without (1).

    Notes
    -----
    The integral of a rate over time is taken to have a gamma distribution. The effect of the
    wrong state of an element on its slow neighbours is neglected.
    """
    units, grains, couplings, _, temperature, turn_limit = system
    turns = turn_limit * elapsed
    up = fraction_up(units, temperature, turn_limit)
    grains_up = fraction_up(grains, temperature, turn_limit)
    unit_error = grain_error = 0.0
    if not np.any(up >= 0.0) and not np.any(grains_up >= 0.0):
        return unit_error, grain_error
    for unit in range(units.state.size):
        chance = free_rate(units, unit, temperature) * elapsed
        if up[unit] < 0.0 and chance > LEAST_CHANCE:
            walls = scatter(unit, units, couplings.walls, units, up, temperature)
            stray = scatter(unit, units, couplings.stray_field, units, up, temperature)
            bias = scatter(unit, units, couplings.grains_of_unit, grains, grains_up, temperature)
            e = units.energy[unit] + walls[0] + stray[0] + bias[0]
            chance *= math.exp(walls[1] + stray[1] + bias[1])
            spread = walls[2] + stray[2] + bias[2]
            lag = excess(chance, spread, e * units.state[unit], temperature, turns)
            unit_error += unit_fraction[unit] * units.state[unit] * lag
    for grain in range(grains.state.size):
        chance = free_rate(grains, grain, temperature) * elapsed
        if grains_up[grain] < 0.0 and chance > LEAST_CHANCE:
            above = scatter(grain, grains, couplings.units_of_grain, units, up, temperature)
            e = grains.energy[grain] + above[0]
            chance *= math.exp(above[1])
            lag = excess(chance, above[2], e * grains.state[grain], temperature, turns)
            grain_error += grain_fraction[grain] * grains.state[grain] * lag
    return unit_error, grain_error


@compiled
def fraction_up(elements: Elements, temperature: float, turn_limit: float) -> NDArray[np.float64]:
    """Return the stationary fraction of s = 1 of each element held to the limit, -1 of others."""
    result = np.full(elements.state.size, -1.0)
    if not elements.thermally:
        return result
    shared = shared_by(elements, temperature, turn_limit)
    for index in range(elements.state.size):
        element = element_of(elements, index)
        out = escape_rate(element, 1.0, shared, elements.law)
        back = escape_rate(element, -1.0, shared, elements.law)
        if 2 * min(out, back) > turn_limit:
            result[index] = back / (out + back)
    return result


@compiled
def free_rate(elements: Elements, index: int, temperature: float) -> float:
    """Return the rate (1/s) at which an element would leave its state without the limit."""
    element, shared = element_of(elements, index), shared_by(elements, temperature, math.inf)
    return escape_rate(element, element.state, shared, elements.law)


@compiled
def rate_slope(elements: Elements, index: int, temperature: float) -> float:
    """Return the derivative of ln(rate) of an element by its e (1/J)."""
    bias, height = elements.energy[index] * elements.state[index], elements.barrier[index]
    h = bias / (2 * height) if height > 0 else math.copysign(1.0, bias)
    return -elements.state[index] * min(max(1 + h, 0.0), 2.0) / (boltzmann * temperature)


@compiled
def scatter(
    index: int,
    elements: Elements,
    links: Links,
    linked: Elements,
    fast: NDArray[np.float64],
    temperature: float,
) -> tuple[float, float, float]:
    """Average the rate of an element over the states of its fast neighbours.

    `fast` is `fraction_up` of the neighbours.

    Returns
    -------
    shift : float
        e that gives the element its fraction of time, less the present e (J). Neighbours follow
        the element, so this is not the mean of e.
    growth : float
        ln of the mean rate over the present one.
    spread : float
        ln(1 + relative variance of the rate), each neighbour's weighted by how long it lasts.
    """
    thermal = boltzmann * temperature
    state = elements.state[index]
    slope = rate_slope(elements, index, temperature)
    shift = growth = spread = 0.0
    for link in range(links.start[index], links.start[index + 1]):
        other = links.other[link]
        up = fast[other]
        if up < 0.0:
            continue
        bond = links.factor * links.energy[link]
        y = min(max(slope * bond, -MOST_Y), MOST_Y)
        # Of a pair of rates, the lower the chance of one state the sooner it is forgotten.
        lasting = 4 * up * (1 - up)
        if abs(y) < WEAK:
            mean = 2 * up - 1
            shift += (mean - linked.state[other]) * bond
            growth += (mean - linked.state[other]) * y
            spread += lasting * lasting * y * y
        else:
            alone = (linked.energy[other] - bond * state) / thermal
            shift += (
                thermal / 2 * log_cosh_ratio(alone, bond / thermal) - bond * linked.state[other]
            )
            grow = math.exp(y)
            once = up * grow + (1 - up) / grow
            twice = up * grow * grow + (1 - up) / (grow * grow)
            growth += math.log(once) - linked.state[other] * y
            spread += math.log1p(lasting * (twice / (once * once) - 1))
    return shift, growth, spread


@compiled
def log_cosh_ratio(middle: float, half: float) -> float:
    """Return ln[cosh(middle + half) / cosh(middle - half)] for arguments of any size."""
    plus, minus = abs(middle + half), abs(middle - half)
    return plus - minus + math.log1p(math.exp(-2 * plus)) - math.log1p(math.exp(-2 * minus))


@compiled
def excess(chance: float, spread: float, bias: float, temperature: float, turns: float) -> float:
    """Return the lag of the mean of s of an element whose rate scatters, along its state (1).

    `chance` is the mean rate out of the state times the time elapsed, `bias` e s with the shifted
    e (J), `turns` the number of turns of the fast neighbours; `spread` as from `scatter`.
    """
    if spread == 0.0:
        return 0.0
    # What is away from equilibrium decays with both rates together.
    away = 1 / (1 + math.exp(2 * bias / (boltzmann * temperature)))
    decay = min(chance / away, 700.0) if away > 0.0 else 700.0
    variance = math.expm1(min(spread, 50.0)) / turns
    return 2 * away * (math.exp(-math.log1p(variance * decay) / variance) - math.exp(-decay))
