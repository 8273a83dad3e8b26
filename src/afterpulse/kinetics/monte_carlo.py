"""Rejection-free kinetic Monte Carlo of one time step with constant parameters.

The elements are the FM units, then the AFM grains; each has two states s = -1, 1 and the
energy -e s, where e follows from its neighbours. All flips' rates lie in a binary sum tree.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from afterpulse.physics.barriers import barrier, rate


@nb.njit(cache=True)
def flip_rate(
    barrier_energy: float,
    torque_free_share: float,
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
        KV (J).
    torque_free_share : float
        What the spin-orbit torque leaves of it, 1 - |I|/I_c, not below 0.
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
    height = barrier(barrier_energy * torque_free_share, bias)
    if not thermally and height > 0:
        return 0.0
    there = rate(attempt_frequency, height, temperature)
    # A pair turns at most twice as often as its slower rate, so most need no second look.
    if 2 * there <= most_turns:
        return there
    back = rate(attempt_frequency, barrier(barrier_energy * torque_free_share, -bias), temperature)
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
def find_leaf(tree: NDArray[np.float64], share: float) -> int:
    """Find the leaf in which a running sum of the rates passes a value below the total."""
    node = 1
    half = tree.size // 2
    while node < half:
        node *= 2
        # A right branch without rates is never entered, whatever rounding left of the share.
        if share >= tree[node] and tree[node + 1] > 0.0:
            share -= tree[node]
            node += 1
    return node - half


@nb.njit(cache=True)
def advance(
    unit_state: NDArray[np.int8],
    grain_state: NDArray[np.int8],
    duration: float,
    temperature: float,
    unit_barrier: NDArray[np.float64],
    torque_free_share: NDArray[np.float64],
    unit_bias: NDArray[np.float64],
    unit_coupling_matrix: NDArray[np.float64],
    unit_attempt_frequency: float,
    unit_thermally: bool,
    grain_barrier: NDArray[np.float64],
    grain_attempt_frequency: float,
    grains_turn: bool,
    contact_scale: float,
    unit_start: NDArray[np.int64],
    unit_grain: NDArray[np.int64],
    unit_contact: NDArray[np.float64],
    grain_start: NDArray[np.int64],
    grain_unit: NDArray[np.int64],
    grain_contact: NDArray[np.float64],
    flicker_limit: float,
    random: np.random.Generator,
) -> int:
    """Carry the states over one step, in place.

    Parameters
    ----------
    unit_state, grain_state : ndarray of int8, shapes (units,) and (grains,)
        -1 or 1; changed.
    duration : float
        Of the step (s).
    temperature : float
        K.
    unit_barrier, torque_free_share, unit_bias : ndarray, shape (units,)
        KV (J), the share of it that the torque leaves, and the part of e that does not depend
        on other elements (J).
    unit_coupling_matrix : ndarray, shape (units, units)
        Wall and dipolar energies (J), zero on the diagonal.
    unit_attempt_frequency : float
        1/s.
    unit_thermally : bool
        False lets a unit flip only where it has no barrier.
    grain_barrier : ndarray, shape (grains,)
        K_AF V (J).
    grain_attempt_frequency : float
        1/s.
    grains_turn : bool
        False freezes the grains.
    contact_scale : float
        J_int(T)/J_int(0).
    unit_start, unit_grain, unit_contact, grain_start, grain_unit, grain_contact : ndarray
        Contacts by unit and by grain, with J_int A u_z at T = 0 (J).
    flicker_limit : float
        Turns of one element that a step carries out at most.
    random : numpy.random.Generator
        Two numbers an event.

    Returns
    -------
    int
        Number of flips.
    """
    units = unit_state.size
    grains = grain_state.size
    most_turns = flicker_limit / duration
    half = 1
    while half < units + grains:
        half *= 2
    tree = np.zeros(2 * half)

    unit_energy = unit_bias.copy()
    for unit in range(units):
        for contact in range(unit_start[unit], unit_start[unit + 1]):
            unit_energy[unit] += (
                contact_scale * unit_contact[contact] * grain_state[unit_grain[contact]]
            )
        for other in range(units):
            unit_energy[unit] += unit_coupling_matrix[unit, other] * unit_state[other]
        tree[half + unit] = flip_rate(
            unit_barrier[unit],
            torque_free_share[unit],
            unit_energy[unit] * unit_state[unit],
            unit_attempt_frequency,
            temperature,
            most_turns,
            unit_thermally,
        )
    grain_energy = np.zeros(grains)
    if grains_turn:
        for grain in range(grains):
            for contact in range(grain_start[grain], grain_start[grain + 1]):
                grain_energy[grain] += (
                    contact_scale * grain_contact[contact] * unit_state[grain_unit[contact]]
                )
            tree[half + units + grain] = flip_rate(
                grain_barrier[grain],
                1.0,
                grain_energy[grain] * grain_state[grain],
                grain_attempt_frequency,
                temperature,
                most_turns,
                True,
            )
    for node in range(half - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]

    time = 0.0
    flips = 0
    while tree[1] > 0.0:
        time += random.standard_exponential() / tree[1]
        if time > duration:
            break
        element = find_leaf(tree, random.random() * tree[1])
        flips += 1
        if element < units:
            unit_state[element] = -unit_state[element]
            change = 2 * unit_state[element]
            for other in range(units):
                unit_energy[other] += unit_coupling_matrix[element, other] * change
            for other in range(units):
                tree[half + other] = flip_rate(
                    unit_barrier[other],
                    torque_free_share[other],
                    unit_energy[other] * unit_state[other],
                    unit_attempt_frequency,
                    temperature,
                    most_turns,
                    unit_thermally,
                )
            # Every unit feels the dipolar field, so their part of the tree is summed afresh.
            first, last = half, half + units - 1
            while first > 1:
                first //= 2
                last //= 2
                for node in range(first, last + 1):
                    tree[node] = tree[2 * node] + tree[2 * node + 1]
            if grains_turn:
                for contact in range(unit_start[element], unit_start[element + 1]):
                    grain = unit_grain[contact]
                    grain_energy[grain] += contact_scale * unit_contact[contact] * change
                    set_leaf(
                        tree,
                        units + grain,
                        flip_rate(
                            grain_barrier[grain],
                            1.0,
                            grain_energy[grain] * grain_state[grain],
                            grain_attempt_frequency,
                            temperature,
                            most_turns,
                            True,
                        ),
                    )
        else:
            grain = element - units
            grain_state[grain] = -grain_state[grain]
            set_leaf(
                tree,
                element,
                flip_rate(
                    grain_barrier[grain],
                    1.0,
                    grain_energy[grain] * grain_state[grain],
                    grain_attempt_frequency,
                    temperature,
                    most_turns,
                    True,
                ),
            )
            for contact in range(grain_start[grain], grain_start[grain + 1]):
                unit = grain_unit[contact]
                unit_energy[unit] += 2 * contact_scale * grain_contact[contact] * grain_state[grain]
                set_leaf(
                    tree,
                    unit,
                    flip_rate(
                        unit_barrier[unit],
                        torque_free_share[unit],
                        unit_energy[unit] * unit_state[unit],
                        unit_attempt_frequency,
                        temperature,
                        most_turns,
                        unit_thermally,
                    ),
                )
    return flips
