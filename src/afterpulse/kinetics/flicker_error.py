"""What the flicker limit changes, estimated while the kinetics run.

A slow element sees its fast neighbours, those held to the limit, in fewer independent states than
nature would show it. The mean of its rate over them is right, but the integral of the rate over
time scatters, and more is left of elements that leave at scattering rates than at their mean.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as boltzmann

from afterpulse.device.barriers import barrier, rate
from afterpulse.device.compiled import compiled
from afterpulse.kinetics.monte_carlo import Couplings, Elements, Links, rate_of

# An element whose present rate has given it less than this chance to leave does not count.
LEAST_CHANCE = 1e-5
# A bond that changes the logarithm of a rate by less than this counts to second order.
WEAK = 0.03
# A bond that changes it by more decides alone; exp(2 y) has to stay finite.
MOST_Y = 300.0


@compiled
def flicker_error(
    units: Elements,
    grains: Elements,
    couplings: Couplings,
    temperature: float,
    most_turns: float,
    elapsed: float,
    unit_share: NDArray[np.float64],
    grain_share: NDArray[np.float64],
) -> tuple[float, float]:
    """Estimate by how much the limit changes the mean states, to first order.

    Parameters
    ----------
    units, grains : Elements
        With their present states and e.
    couplings : Couplings
        Between them.
    temperature : float
        K.
    most_turns : float
        Turns a second of one element that are carried out at most.
    elapsed : float
        Time since the segment began (s).
    unit_share, grain_share : ndarray
        Shares of the film's area (1).

    Returns
    -------
    units, grains : float
        Mean state with the limit, less the one without (1).

    Notes
    -----
    The integral of a rate over time is taken to have a gamma distribution. What the wrong state
    of one element does to its slow neighbours is left out.
    """
    turns = most_turns * elapsed
    up = share_up(units, temperature, most_turns)
    grains_up = share_up(grains, temperature, most_turns)
    of_units = of_grains = 0.0
    if not np.any(up >= 0.0) and not np.any(grains_up >= 0.0):
        return of_units, of_grains
    for unit in range(units.state.size):
        chance = rate_of(units, unit, temperature, math.inf) * elapsed
        if up[unit] < 0.0 and chance > LEAST_CHANCE:
            walls = scatter(unit, units, couplings.walls, units, up, temperature)
            stray = scatter(unit, units, couplings.stray_field, units, up, temperature)
            bias = scatter(unit, units, couplings.grains_of_unit, grains, grains_up, temperature)
            e = units.energy[unit] + walls[0] + stray[0] + bias[0]
            chance *= math.exp(walls[1] + stray[1] + bias[1])
            spread = walls[2] + stray[2] + bias[2]
            too_much = excess(chance, spread, e * units.state[unit], temperature, turns)
            of_units += unit_share[unit] * units.state[unit] * too_much
    for grain in range(grains.state.size):
        chance = rate_of(grains, grain, temperature, math.inf) * elapsed
        if grains_up[grain] < 0.0 and chance > LEAST_CHANCE:
            seen = scatter(grain, grains, couplings.units_of_grain, units, up, temperature)
            e = grains.energy[grain] + seen[0]
            chance *= math.exp(seen[1])
            too_much = excess(chance, seen[2], e * grains.state[grain], temperature, turns)
            of_grains += grain_share[grain] * grains.state[grain] * too_much
    return of_units, of_grains


@compiled
def share_up(elements: Elements, temperature: float, most_turns: float) -> NDArray[np.float64]:
    """Boltzmann's share of s = 1 for each element held to the limit, -1 for all others."""
    result = np.full(elements.state.size, -1.0)
    if not elements.thermally:
        return result
    for number in range(elements.state.size):
        height, e = elements.barrier[number], elements.energy[number]
        slower = rate(elements.attempt_frequency, barrier(height, abs(e)), temperature)
        if 2 * slower > most_turns:
            result[number] = 1 / (1 + math.exp(-2 * e / (boltzmann * temperature)))
    return result


@compiled
def rate_slope(elements: Elements, number: int, temperature: float) -> float:
    """By how much ln(rate) of an element changes with its e (1/J)."""
    bias, height = elements.energy[number] * elements.state[number], elements.barrier[number]
    h = bias / (2 * height) if height > 0 else math.copysign(1.0, bias)
    return -elements.state[number] * min(max(1 + h, 0.0), 2.0) / (boltzmann * temperature)


@compiled
def scatter(
    number: int,
    elements: Elements,
    links: Links,
    linked: Elements,
    fast: NDArray[np.float64],
    temperature: float,
) -> tuple[float, float, float]:
    """What the mean over the states of fast neighbours makes of an element.

    Parameters
    ----------
    number : int
        Of the element.
    elements : Elements
        Which it is one of.
    links, linked : Links, Elements
        Its neighbours.
    fast : ndarray
        From `share_up`, of the neighbours.
    temperature : float
        K.

    Returns
    -------
    shift : float
        e that gives the element its share of time, less the present e (J). Neighbours follow the
        element, so this is not the mean of e.
    growth : float
        ln of the mean rate over the present one.
    spread : float
        ln(1 + relative variance of the rate), each neighbour's weighted by how long it lasts.
    """
    thermal = boltzmann * temperature
    state = elements.state[number]
    slope = rate_slope(elements, number, temperature)
    shift = growth = spread = 0.0
    for link in range(links.start[number], links.start[number + 1]):
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
    """ln[cosh(middle + half) / cosh(middle - half)], for any size of the arguments."""
    plus, minus = abs(middle + half), abs(middle - half)
    return plus - minus + math.log1p(math.exp(-2 * plus)) - math.log1p(math.exp(-2 * minus))


@compiled
def excess(chance: float, spread: float, bias: float, temperature: float, turns: float) -> float:
    """By how much the mean of s of an element lags because its rate scatters (1).

    Parameters
    ----------
    chance : float
        Mean rate out of the present state times the time elapsed.
    spread : float
        From `scatter`.
    bias : float
        e s with the e that gives the element its share of time (J).
    temperature : float
        K.
    turns : float
        Of the fast neighbours in the time elapsed.

    Returns
    -------
    float
        Along the present state.
    """
    if spread == 0.0:
        return 0.0
    # What is away from equilibrium decays with both rates together.
    away = 1 / (1 + math.exp(2 * bias / (boltzmann * temperature)))
    decay = min(chance / away, 700.0) if away > 0.0 else 700.0
    variance = math.expm1(min(spread, 50.0)) / turns
    return 2 * away * (math.exp(-math.log1p(variance * decay) / variance) - math.exp(-decay))
