"""Rejection-free kinetic Monte Carlo with constant parameters.

The elements are the FM units, then the AFM grains; each has two states s = -1, 1 and the
energy -e s, where e follows from its neighbours. A binary sum tree holds a ceiling on the rate of
each flip. A flip in the stray field of a hundred others changes their e by little, so a ceiling
outlasts many flips; an event is then carried out with the chance rate / ceiling, which leaves
the process exact (thinning: Lewis and Shedler, Naval Research Logistics Quarterly 26, 403, 1979).

Compiled with numpy's error model: no divisor here is 0, and Python's check for it costs a third of
the time.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as boltzmann

from afterpulse.device.barriers import barrier
from afterpulse.device.compiled import compiled
from afterpulse.device.torque_law import TorqueLaw, log_rate, no_well

# Change of e that a ceiling allows for, in k_B T.
SLACK = 0.05
# No rate, limited or not, changes by more than the factor exp(2 de / k_B T), or under torque by
# more than exp(8 de / k_B T), either way.
GROWTH = math.exp(2 * SLACK)
DRIVEN_GROWTH = math.exp(8 * SLACK)


class Elements(NamedTuple):
    """FM units, or AFM grains.

    Attributes
    ----------
    state : ndarray of int8, shape (elements,)
        s, -1 or 1.
    barrier : ndarray, shape (elements,)
        KV (J).
    energy : ndarray, shape (elements,)
        e (J).
    attempt_frequency : float
        1/s; 0 freezes the elements.
    thermally : bool
        False leaves only flips without a barrier.
    current : ndarray, shape (elements,)
        Spin current with a polarisation in the plane over its threshold, >= 0 (1).
    in_plane : ndarray, shape (elements,)
        Field along polarisation x z of that current, times M_s V (J).
    law : TorqueLaw
        Rates where the current is not 0.
    """

    state: Any
    barrier: Any
    energy: Any
    attempt_frequency: float
    thermally: bool
    current: Any
    in_plane: Any
    law: TorqueLaw


class Links(NamedTuple):
    """Links of each element by one kind of coupling.

    Attributes
    ----------
    start : ndarray of uint32, shape (elements + 1,)
        Index of an element's first link in the next two arrays.
    other : ndarray of uint32, shape (links,)
        Index of the other element. Signed indices would be checked for counting from the end.
    energy : ndarray, shape (links,)
        Contribution to e where the other's state is 1 (J), without the factor.
    factor : float
        On all energies; it follows the temperature.
    """

    start: Any
    other: Any
    energy: Any
    factor: float


class Couplings(NamedTuple):
    """Links of units to units, of units to grains, and the latter again from the grains' side.

    Those of `in_plane_walls` contribute to `Elements.in_plane` instead of e, under a current.
    """

    walls: Links
    in_plane_walls: Links
    stray_field: Links
    grains_of_unit: Links
    units_of_grain: Links


class Ceilings(NamedTuple):
    """Ceilings on the rates.

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


class System(NamedTuple):
    """Units and grains of a film at constant parameters.

    Attributes
    ----------
    units, grains : Elements
        The elements.
    couplings : Couplings
        All but the fields in the plane are symmetric: an element acts on another as that on it.
    ceilings : Ceilings
        Belong to the temperature and to this limit on turns or a lower one.
    temperature : float
        K.
    turn_limit : float
        Largest number of turns a second of one element. Beyond it both rates of the element are
        lowered by one factor: it is in equilibrium all the same, and detailed balance stays exact.
    """

    units: Elements
    grains: Elements
    couplings: Couplings
    ceilings: Ceilings
    temperature: float
    turn_limit: float


class EarlyStop(NamedTuple):
    """Conditions on which `advance` stops before its time.

    Attributes
    ----------
    moved : float
        Change of the mean state of the units, by area, so far.
    most_moved : float
        Size of that change at which to stop.
    most_flips : int
        Number of events at which to stop.
    """

    moved: float
    most_moved: float
    most_flips: int


class Element(NamedTuple):
    """One of `Elements`, by numbers: arrays as arguments take longer than a rate, at every call."""

    state: float
    barrier: float
    energy: float
    current: float
    in_plane: float


class Shared(NamedTuple):
    """What the rates of all elements of one kind have in common.

    Attributes
    ----------
    attempt_frequency, thermally
        As in `Elements`.
    thermal_energy : float
        k_B T (J).
    turn_limit : float
        As in `System`.
    """

    attempt_frequency: float
    thermally: bool
    thermal_energy: float
    turn_limit: float


class Rated(NamedTuple):
    """Elements of one kind with their ceilings; `energy` is the e to which each belongs (J)."""

    elements: Elements
    energy: Any
    tree: Any
    first_leaf: int
    shared: Shared


def empty_ceilings(units: int, grains: int) -> Ceilings:
    """Return ceilings of 0 for a number of units and grains."""
    leaves = 1 << max(units + grains - 1, 0).bit_length()
    return Ceilings(np.zeros(2 * leaves), np.zeros(units), np.zeros(grains))


@compiled
def element_of(elements: Elements, index: int) -> Element:
    """Return one element."""
    return Element(
        float(elements.state[index]),
        elements.barrier[index],
        elements.energy[index],
        elements.current[index],
        elements.in_plane[index],
    )


@compiled
def shared_by(elements: Elements, temperature: float, turn_limit: float) -> Shared:
    """Return what the rates of elements have in common at a temperature (K)."""
    return Shared(
        elements.attempt_frequency, elements.thermally, boltzmann * temperature, turn_limit
    )


@compiled
def escape_rate(element: Element, state: float, shared: Shared, law: TorqueLaw) -> float:
    """Return the rate (1/s) at which an element would leave a state, -1 or 1."""
    height, bias = element.barrier, element.energy * state
    if element.current > 0.0 and height > 0.0:
        in_plane, relative = element.in_plane * state / (2 * height), bias / (2 * height)
        if not shared.thermally and not no_well(law, element.current, in_plane, relative):
            return 0.0
        sigma = height / shared.thermal_energy
        exponent = log_rate(law, element.current, in_plane, relative, sigma)
    else:
        left = barrier(height, bias)
        if not shared.thermally and left > 0.0:
            return 0.0
        exponent = -left / shared.thermal_energy
    return shared.attempt_frequency * math.exp(exponent)


@compiled
def set_leaf(tree: NDArray[np.float64], leaf: int, value: float) -> None:
    """Store a rate and update the sums above it."""
    node = leaf + tree.size // 2
    tree[node] = value
    # The sum is carried along: to read it back from the tree would take three times as long.
    while node > 1:
        value += tree[node ^ 1]
        node //= 2
        tree[node] = value


@compiled
def find_leaf(tree: NDArray[np.float64], sum_before: float) -> tuple[int, float]:
    """Return the leaf in which the running sum passes a value, and the excess in that leaf."""
    node = 1
    half = tree.size // 2
    while node < half:
        node *= 2
        # A right branch without rates is never entered, whatever rounding left of the sum.
        if sum_before >= tree[node] and tree[node + 1] > 0.0:
            sum_before -= tree[node]
            node += 1
    return node - half, sum_before


@compiled
def element_rate(element: Element, shared: Shared, law: TorqueLaw) -> float:
    """Return the rate (1/s) at which an element leaves its state."""
    out = escape_rate(element, element.state, shared, law)
    # Most pairs turn too slowly for the limit, whatever the other rate is.
    if 2 * out <= shared.turn_limit:
        return out
    return limited(out, escape_rate(element, -element.state, shared, law), shared.turn_limit)


@compiled
def limited(out: float, back: float, turn_limit: float) -> float:
    """Return the rate (1/s) out of a state, with the limit on the turns of a pair of rates.

    A pair k, k' turns 2 k k' / (k + k') times a second; both rates are lowered by one factor.
    """
    if 2 * out * back <= turn_limit * (out + back):
        return out
    return turn_limit / 2 * (1 + out / back)


@compiled
def set_ceiling(rated: Rated, index: int, element: Element, rate: float) -> None:
    """Renew the ceiling of an element at its rate (1/s), and the sums above it."""
    rated.energy[index] = element.energy
    set_leaf(rated.tree, rated.first_leaf + index, rate * growth(element, rated.shared))


@compiled
def growth(element: Element, shared: Shared) -> float:
    """Return the factor by which the rate of an element may grow while its e is within `slack`."""
    if not shared.thermally:
        return 1.0
    return DRIVEN_GROWTH if element.current > 0.0 else GROWTH


@compiled
def slack(shared: Shared) -> float:
    """Return the change of e that a ceiling allows for (J); 0 where a rate can jump from 0."""
    return SLACK * shared.thermal_energy if shared.thermally else 0.0


@compiled
def spread_flip(index: int, change: float, links: Links, linked: Rated) -> None:
    """Update e, and the ceilings that no longer hold, of all linked elements, in place."""
    elements, shared, law = linked.elements, linked.shared, linked.elements.law
    most, scale = slack(shared), links.factor * change
    for link in range(links.start[index], links.start[index + 1]):
        other = links.other[link]
        elements.energy[other] += scale * links.energy[link]
        element = element_of(elements, other)
        # Where the state has become more favourable the ceiling is only higher than needed, but
        # a torque may turn that round.
        less = (linked.energy[other] - element.energy) * element.state
        if element.current > 0.0:
            less = abs(less)
        if less > most:
            set_ceiling(linked, other, element, element_rate(element, shared, law))


@compiled
def spread_in_plane(index: int, change: float, links: Links, linked: Rated) -> None:
    """Update the field in the plane and the ceilings of all linked elements, in place."""
    elements, scale = linked.elements, links.factor * change
    for link in range(links.start[index], links.start[index + 1]):
        other = links.other[link]
        if elements.current[other] > 0.0:
            elements.in_plane[other] += scale * links.energy[link]
            element = element_of(elements, other)
            rate = element_rate(element, linked.shared, elements.law)
            set_ceiling(linked, other, element, rate)


@compiled
def try_flip(index: int, threshold: float, rated: Rated) -> bool:
    """Flip an element, drawn by its ceiling, if its rate is above a threshold; True if flipped."""
    elements, shared = rated.elements, rated.shared
    element = element_of(elements, index)
    out = escape_rate(element, element.state, shared, elements.law)
    back = escape_rate(element, -element.state, shared, elements.law)
    accepted = threshold < limited(out, back, shared.turn_limit)
    if accepted:
        elements.state[index] = -elements.state[index]
        out, back = back, out
    set_ceiling(rated, index, element, limited(out, back, shared.turn_limit))
    return accepted


@compiled
def rated_units(system: System) -> Rated:
    """Return the units with their ceilings."""
    ceilings = system.ceilings
    shared = shared_by(system.units, system.temperature, system.turn_limit)
    return Rated(system.units, ceilings.units, ceilings.tree, 0, shared)


@compiled
def rated_grains(system: System) -> Rated:
    """Return the grains with their ceilings."""
    ceilings, first_leaf = system.ceilings, system.units.state.size
    shared = shared_by(system.grains, system.temperature, system.turn_limit)
    return Rated(system.grains, ceilings.grains, ceilings.tree, first_leaf, shared)


@compiled
def fill_leaves(rated: Rated) -> None:
    """Renew the ceilings of elements of one kind, without the sums of the tree."""
    elements, first_leaf = rated.elements, rated.tree.size // 2 + rated.first_leaf
    for index in range(elements.state.size):
        element = element_of(elements, index)
        rate = element_rate(element, rated.shared, elements.law)
        rated.energy[index] = element.energy
        rated.tree[first_leaf + index] = rate * growth(element, rated.shared)


@compiled
def fill_ceilings(system: System) -> None:
    """Renew all ceilings for the present states and e, in place."""
    fill_leaves(rated_units(system))
    fill_leaves(rated_grains(system))
    tree = system.ceilings.tree
    for node in range(tree.size // 2 - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]


@compiled
def advance(
    system: System,
    unit_fraction: NDArray[np.float64],
    duration: float,
    stop: EarlyStop,
    flips: NDArray[np.int64],
    random: np.random.Generator,
) -> float:
    """Advance the states, their e and the ceilings in time, in place.

    Parameters
    ----------
    system : System
        With ceilings from `fill_ceilings` or from a previous call.
    unit_fraction : ndarray, shape (units,)
        Fraction of the film's area (1).
    duration, stop : float, EarlyStop
        When to stop (s).
    flips : ndarray of int64, shape (units + grains,)
        Number of events of each element, increased.
    random : numpy.random.Generator
        Gives two numbers an event.

    Returns
    -------
    float
        Time that has passed (s): the duration, unless stopped early.
    """
    tree, couplings, first_grain = system.ceilings.tree, system.couplings, system.units.state.size
    units, grains = rated_units(system), rated_grains(system)
    time, events, moved = 0.0, 0, stop.moved
    while tree[1] > 0.0 and abs(moved) < stop.most_moved and events < stop.most_flips:
        time += random.standard_exponential() / tree[1]
        if time > duration:
            return duration
        element, threshold = find_leaf(tree, random.random() * tree[1])
        if element < first_grain:
            if not try_flip(element, threshold, units):
                continue
            change = 2.0 * system.units.state[element]
            moved += change * unit_fraction[element]
            spread_flip(element, change, couplings.walls, units)
            spread_in_plane(element, change, couplings.in_plane_walls, units)
            spread_flip(element, change, couplings.stray_field, units)
            spread_flip(element, change, couplings.grains_of_unit, grains)
        else:
            grain = element - first_grain
            if not try_flip(grain, threshold, grains):
                continue
            change = 2.0 * system.grains.state[grain]
            spread_flip(grain, change, couplings.units_of_grain, units)
        events += 1
        flips[element] += 1
    return time if tree[1] > 0.0 else duration
