"""Rejection-free kinetic Monte Carlo with constant parameters.

The elements are the FM units, then the AFM grains; each has two states s = -1, 1 and the
energy -e s, where e follows from its neighbours. A binary sum tree holds a ceiling on the rate of
each flip. A flip in the stray field of a hundred others changes their e by little, so a ceiling
outlasts many of them; an event is then carried out with the chance rate / ceiling, which leaves
the process exact (thinning: Lewis and Shedler, Naval Research Logistics Quarterly 26, 403, 1979).
"""

import math
from typing import Any, NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as boltzmann

from afterpulse.physics.barriers import barrier, rate

# Change of e that a ceiling allows for, in k_B T.
SLACK = 0.1


class Elements(NamedTuple):
    """FM units, or AFM grains.

    Attributes
    ----------
    state : ndarray of int8, shape (elements,)
        s, -1 or 1.
    barrier : ndarray, shape (elements,)
        KV that the torque leaves (J).
    bias : ndarray, shape (elements,)
        Part of e that does not depend on the elements linked to this one (J).
    attempt_frequency : float
        1/s; 0 freezes the elements.
    thermally : bool
        False leaves only flips without a barrier.
    """

    state: Any
    barrier: Any
    bias: Any
    attempt_frequency: float
    thermally: bool


class Links(NamedTuple):
    """What each element couples to.

    Attributes
    ----------
    start : ndarray of int64, shape (elements + 1,)
        Where an element's links start in the next two.
    other : ndarray of int64, shape (links,)
        Number of the other element.
    energy : ndarray, shape (links,)
        What e gains where the other's state is 1 (J).
    """

    start: Any
    other: Any
    energy: Any


class Couplings(NamedTuple):
    """Links of units to units, of units to grains, and the latter again from the grains' side."""

    units: Links
    grains_of_unit: Links
    units_of_grain: Links


@nb.njit(cache=True)
def flip_rate(
    barrier_energy: float,
    bias: float,
    attempt_frequency: float,
    temperature: float,
    most_turns: float,
    thermally: bool,
) -> float:
    """Rate at which an element leaves its state.

    Parameters
    ----------
    barrier_energy : float
        KV that the torque leaves (J).
    bias : float
        e s (J).
    attempt_frequency : float
        1/s.
    temperature : float
        K.
    most_turns : float
        Largest number of turns a second of the pair of states. Beyond it both rates are
        lowered by one factor: the pair is in equilibrium all the same, and detailed balance
        stays exact.
    thermally : bool
        False leaves only flips without a barrier.

    Returns
    -------
    float
        1/s.
    """
    height = barrier(barrier_energy, bias)
    if not thermally and height > 0:
        return 0.0
    there = rate(attempt_frequency, height, temperature)
    # A pair turns at most twice as often as its slower rate, so most need no second look.
    if 2 * there <= most_turns:
        return there
    back = rate(attempt_frequency, barrier(barrier_energy, -bias), temperature)
    if there + back == 0.0:
        return 0.0
    turns = 2 * there * back / (there + back)
    return there * most_turns / turns if turns > most_turns else there


@nb.njit(cache=True)
def set_leaf(tree: NDArray[np.float64], leaf: int, value: float) -> None:
    """Store a rate and renew the sums above it."""
    node = leaf + tree.size // 2
    tree[node] = value
    node //= 2
    while node >= 1:
        tree[node] = tree[2 * node] + tree[2 * node + 1]
        node //= 2


@nb.njit(cache=True)
def find_leaf(tree: NDArray[np.float64], share: float) -> tuple[int, float]:
    """Find the leaf in which a running sum of the tree passes a value, and how far into it."""
    node = 1
    half = tree.size // 2
    while node < half:
        node *= 2
        # A right branch without rates is never entered, whatever rounding left of the share.
        if share >= tree[node] and tree[node + 1] > 0.0:
            share -= tree[node]
            node += 1
    return node - half, share


@nb.njit(cache=True)
def rate_of(
    elements: Elements,
    number: int,
    energy: NDArray[np.float64],
    temperature: float,
    most_turns: float,
) -> float:
    """Rate at which one element leaves its state, with e of all elements in J."""
    return flip_rate(
        elements.barrier[number],
        energy[number] * elements.state[number],
        elements.attempt_frequency,
        temperature,
        most_turns,
        elements.thermally,
    )


@nb.njit(cache=True)
def ceiling_of(
    elements: Elements,
    number: int,
    energy: NDArray[np.float64],
    temperature: float,
    most_turns: float,
) -> float:
    """Largest rate of one element while its e changes by up to `slack`."""
    value = rate_of(elements, number, energy, temperature, most_turns)
    # No rate, limited or not, changes by more than the factor exp(2 de / k_B T).
    return value * math.exp(2 * SLACK) if elements.thermally else value


@nb.njit(cache=True)
def slack(elements: Elements, temperature: float) -> float:
    """Change of e that a ceiling allows for (J); none where a rate can jump from 0."""
    return SLACK * boltzmann * temperature if elements.thermally else 0.0


@nb.njit(cache=True)
def add_links(energy: NDArray[np.float64], links: Links, others: NDArray[np.int8]) -> None:
    """Add to e of each element what the states of those linked to it make, in place."""
    for number in range(energy.size):
        for link in range(links.start[number], links.start[number + 1]):
            energy[number] += links.energy[link] * others[links.other[link]]


@nb.njit(cache=True)
def spread_flip(
    change: float,
    number: int,
    links: Links,
    linked: Elements,
    energy: NDArray[np.float64],
    rated: NDArray[np.float64],
    tree: NDArray[np.float64],
    first_leaf: int,
    temperature: float,
    most_turns: float,
) -> None:
    """Renew e, and where they no longer hold the ceilings, of all that an element is linked to.

    In place; `rated` is the e to which each ceiling belongs.
    """
    most = slack(linked, temperature)
    for link in range(links.start[number], links.start[number + 1]):
        other = links.other[link]
        energy[other] += links.energy[link] * change
        # Where the state has become more favourable the ceiling is only higher than it need be.
        if (rated[other] - energy[other]) * linked.state[other] > most:
            rated[other] = energy[other]
            ceiling = ceiling_of(linked, other, energy, temperature, most_turns)
            set_leaf(tree, first_leaf + other, ceiling)


@nb.njit(cache=True)
def advance(
    units: Elements,
    grains: Elements,
    couplings: Couplings,
    duration: float,
    temperature: float,
    most_turns: float,
    unit_share: NDArray[np.float64],
    most_moved: float,
    flips: NDArray[np.int64],
    most_flips: int,
    random: np.random.Generator,
) -> float:
    """Carry the states on, in place.

    Parameters
    ----------
    units, grains : Elements
        Their states are changed.
    couplings : Couplings
        Symmetric: what an element does to another one, that does to it.
    duration : float
        s.
    temperature : float
        K.
    most_turns : float
        Turns a second of one element that are carried out at most.
    unit_share : ndarray, shape (units,)
        Share of the film's area (1).
    most_moved : float
        Change of the mean state of the units, by area, at which to stop early.
    flips : ndarray of int64, shape (units + grains,)
        Events of each element; counted on.
    most_flips : int
        Events at which to stop early.
    random : numpy.random.Generator
        Two numbers an event.

    Returns
    -------
    float
        Time that has passed (s): the duration, unless it stopped early.
    """
    first_grain = units.state.size
    half = 1
    while half < first_grain + grains.state.size:
        half *= 2
    tree = np.zeros(2 * half)
    unit_energy, grain_energy = units.bias.copy(), grains.bias.copy()
    add_links(unit_energy, couplings.units, units.state)
    add_links(unit_energy, couplings.grains_of_unit, grains.state)
    add_links(grain_energy, couplings.units_of_grain, units.state)
    unit_rated, grain_rated = unit_energy.copy(), grain_energy.copy()
    for unit in range(first_grain):
        tree[half + unit] = ceiling_of(units, unit, unit_energy, temperature, most_turns)
    for grain in range(grains.state.size):
        tree[half + first_grain + grain] = ceiling_of(
            grains, grain, grain_energy, temperature, most_turns
        )
    for node in range(half - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]

    time, moved, events = 0.0, 0.0, 0
    while tree[1] > 0.0 and abs(moved) < most_moved and events < most_flips:
        time += random.standard_exponential() / tree[1]
        if time > duration:
            return duration
        element, share = find_leaf(tree, random.random() * tree[1])
        grain = element - first_grain
        if grain < 0:
            accepted = share < rate_of(units, element, unit_energy, temperature, most_turns)
            if accepted:
                units.state[element] = -units.state[element]
            unit_rated[element] = unit_energy[element]
            ceiling = ceiling_of(units, element, unit_energy, temperature, most_turns)
            set_leaf(tree, element, ceiling)
            if not accepted:
                continue
            change = 2.0 * units.state[element]
            moved += change * unit_share[element]
            spread_flip(
                change,
                element,
                couplings.units,
                units,
                unit_energy,
                unit_rated,
                tree,
                0,
                temperature,
                most_turns,
            )
            # Frozen grains keep the rate 0 whatever their energy.
            if grains.attempt_frequency > 0.0:
                spread_flip(
                    change,
                    element,
                    couplings.grains_of_unit,
                    grains,
                    grain_energy,
                    grain_rated,
                    tree,
                    first_grain,
                    temperature,
                    most_turns,
                )
        else:
            accepted = share < rate_of(grains, grain, grain_energy, temperature, most_turns)
            if accepted:
                grains.state[grain] = -grains.state[grain]
            grain_rated[grain] = grain_energy[grain]
            ceiling = ceiling_of(grains, grain, grain_energy, temperature, most_turns)
            set_leaf(tree, element, ceiling)
            if not accepted:
                continue
            spread_flip(
                2.0 * grains.state[grain],
                grain,
                couplings.units_of_grain,
                units,
                unit_energy,
                unit_rated,
                tree,
                0,
                temperature,
                most_turns,
            )
        events += 1
        flips[element] += 1
    return time if tree[1] > 0.0 else duration
