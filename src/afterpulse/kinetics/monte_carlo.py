"""Rejection-free kinetic Monte Carlo with constant parameters.

The elements are the FM units, then the AFM grains; each has two states s = -1, 1 and the
energy -e s, where e follows from its neighbours. A binary sum tree holds a ceiling on the rate of
each flip. A flip in the stray field of a hundred others changes their e by little, so a ceiling
outlasts many of them; an event is then carried out with the chance rate / ceiling, which leaves
the process exact (thinning: Lewis and Shedler, Naval Research Logistics Quarterly 26, 403, 1979).

Compiled with numpy's error model: no divisor here is 0, and Python's check for it costs a third of
the time.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as boltzmann

from afterpulse.device.barriers import barrier, rate
from afterpulse.device.compiled import compiled

# Change of e that a ceiling allows for, in k_B T.
SLACK = 0.05
# No rate, limited or not, changes by more than the factor exp(2 de / k_B T).
GROWTH = math.exp(2 * SLACK)


class Elements(NamedTuple):
    """FM units, or AFM grains.

    Attributes
    ----------
    state : ndarray of int8, shape (elements,)
        s, -1 or 1.
    barrier : ndarray, shape (elements,)
        KV that the torque leaves (J).
    energy : ndarray, shape (elements,)
        e (J).
    attempt_frequency : float
        1/s; 0 freezes the elements.
    thermally : bool
        False leaves only flips without a barrier.
    """

    state: Any
    barrier: Any
    energy: Any
    attempt_frequency: float
    thermally: bool


class Links(NamedTuple):
    """What each element couples to by one kind of coupling.

    Attributes
    ----------
    start : ndarray of uint32, shape (elements + 1,)
        Where an element's links start in the next two.
    other : ndarray of uint32, shape (links,)
        Number of the other element. Signed indices would be checked for counting from the end.
    energy : ndarray, shape (links,)
        What e gains where the other's state is 1 (J), but for the factor.
    factor : float
        On all energies; it follows the temperature.
    """

    start: Any
    other: Any
    energy: Any
    factor: float


class Couplings(NamedTuple):
    """Links of units to units, of units to grains, and the latter again from the grains' side."""

    walls: Links
    stray_field: Links
    grains_of_unit: Links
    units_of_grain: Links


class Ceilings(NamedTuple):
    """Ceilings on the rates at a temperature.

    Attributes
    ----------
    tree : ndarray, shape (2 leaves,)
        Binary sum tree: units, grains, zeros (1/s).
    units, grains : ndarray
        e to which each ceiling belongs (J).
    """

    tree: Any
    units: Any
    grains: Any


def room_for_ceilings(units: int, grains: int) -> Ceilings:
    """Empty ceilings for so many elements."""
    leaves = 1 << max(units + grains - 1, 0).bit_length()
    return Ceilings(np.zeros(2 * leaves), np.zeros(units), np.zeros(grains))


@compiled
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
    # Most pairs turn too slowly for the limit, whatever the other rate is.
    if 2 * there <= most_turns:
        return there
    # The rates' ratio is that of the states' weights, so the limit on 2 k k' / (k + k') is this.
    limited = most_turns / 2 * (1 + math.exp(-2 * bias / (boltzmann * temperature)))
    return min(there, limited)


@compiled
def set_leaf(tree: NDArray[np.float64], leaf: int, value: float) -> None:
    """Store a rate and renew the sums above it."""
    node = leaf + tree.size // 2
    tree[node] = value
    # The sum is carried along: to read it back from the tree would take three times as long.
    while node > 1:
        value += tree[node ^ 1]
        node //= 2
        tree[node] = value


@compiled
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


@compiled
def rate_of(elements: Elements, number: int, temperature: float, most_turns: float) -> float:
    """Rate at which one element leaves its state."""
    return flip_rate(
        elements.barrier[number],
        elements.energy[number] * elements.state[number],
        elements.attempt_frequency,
        temperature,
        most_turns,
        elements.thermally,
    )


@compiled
def ceiling(elements: Elements, rate: float) -> float:
    """Largest rate of an element, given its present one, while its e changes by up to `slack`."""
    return rate * GROWTH if elements.thermally else rate


@compiled
def slack(elements: Elements, temperature: float) -> float:
    """Change of e that a ceiling allows for (J); none where a rate can jump from 0."""
    return SLACK * boltzmann * temperature if elements.thermally else 0.0


@compiled
def spread_flip(
    number: int,
    change: float,
    links: Links,
    linked: Elements,
    rated: NDArray[np.float64],
    tree: NDArray[np.float64],
    first_leaf: int,
    temperature: float,
    most_turns: float,
) -> None:
    """Renew e, and where they no longer hold the ceilings, of all that an element is linked to.

    In place; `rated` is the e to which each ceiling belongs.
    """
    most, scale = slack(linked, temperature), links.factor * change
    for link in range(links.start[number], links.start[number + 1]):
        other = links.other[link]
        energy = linked.energy[other] + scale * links.energy[link]
        linked.energy[other] = energy
        # Where the state has become more favourable the ceiling is only higher than it need be.
        if (rated[other] - energy) * linked.state[other] > most:
            rated[other] = energy
            value = ceiling(linked, rate_of(linked, other, temperature, most_turns))
            set_leaf(tree, first_leaf + other, value)


@compiled
def try_flip(
    number: int,
    share: float,
    elements: Elements,
    rated: NDArray[np.float64],
    tree: NDArray[np.float64],
    first_leaf: int,
    temperature: float,
    most_turns: float,
) -> bool:
    """Flip an element drawn by its ceiling with the chance rate / ceiling; True if it did."""
    value = rate_of(elements, number, temperature, most_turns)
    accepted = share < value
    if accepted:
        elements.state[number] = -elements.state[number]
        value = rate_of(elements, number, temperature, most_turns)
    rated[number] = elements.energy[number]
    set_leaf(tree, first_leaf + number, ceiling(elements, value))
    return accepted


@compiled
def fill_ceilings(
    ceilings: Ceilings, units: Elements, grains: Elements, temperature: float, most_turns: float
) -> None:
    """Renew all ceilings for the present states and e, in place; parameters as in `advance`."""
    tree = ceilings.tree
    half, first_grain = tree.size // 2, units.state.size
    for unit in range(first_grain):
        ceilings.units[unit] = units.energy[unit]
        tree[half + unit] = ceiling(units, rate_of(units, unit, temperature, most_turns))
    for grain in range(grains.state.size):
        ceilings.grains[grain] = grains.energy[grain]
        value = rate_of(grains, grain, temperature, most_turns)
        tree[half + first_grain + grain] = ceiling(grains, value)
    for node in range(half - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]


@compiled
def advance(
    units: Elements,
    grains: Elements,
    couplings: Couplings,
    ceilings: Ceilings,
    duration: float,
    temperature: float,
    most_turns: float,
    unit_share: NDArray[np.float64],
    moved: float,
    most_moved: float,
    flips: NDArray[np.int64],
    most_flips: int,
    random: np.random.Generator,
) -> float:
    """Carry the states, their e and the ceilings on, in place.

    Parameters
    ----------
    units, grains : Elements
        Their states and e are changed.
    couplings : Couplings
        Symmetric: what an element does to another one, that does to it.
    ceilings : Ceilings
        From `fill_ceilings`, or of a call before, with the same temperature and limit or a higher
        limit.
    duration : float
        s.
    temperature : float
        K.
    most_turns : float
        Turns a second of one element that are carried out at most.
    unit_share : ndarray, shape (units,)
        Share of the film's area (1).
    moved : float
        By how much the mean state of the units, by area, has changed before.
    most_moved : float
        Size of that change at which to stop early.
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
    tree, first_grain = ceilings.tree, units.state.size
    time, events = 0.0, 0
    while tree[1] > 0.0 and abs(moved) < most_moved and events < most_flips:
        time += random.standard_exponential() / tree[1]
        if time > duration:
            return duration
        element, share = find_leaf(tree, random.random() * tree[1])
        if element < first_grain:
            of_units = (ceilings.units, tree, 0, temperature, most_turns)
            if not try_flip(element, share, units, *of_units):
                continue
            change = 2.0 * units.state[element]
            moved += change * unit_share[element]
            spread_flip(element, change, couplings.walls, units, *of_units)
            spread_flip(element, change, couplings.stray_field, units, *of_units)
            of_grains = (ceilings.grains, tree, first_grain, temperature, most_turns)
            spread_flip(element, change, couplings.grains_of_unit, grains, *of_grains)
        else:
            grain = element - first_grain
            of_grains = (ceilings.grains, tree, first_grain, temperature, most_turns)
            if not try_flip(grain, share, grains, *of_grains):
                continue
            of_units = (ceilings.units, tree, 0, temperature, most_turns)
            change = 2.0 * grains.state[grain]
            spread_flip(grain, change, couplings.units_of_grain, units, *of_units)
        events += 1
        flips[element] += 1
    return time if tree[1] > 0.0 else duration
