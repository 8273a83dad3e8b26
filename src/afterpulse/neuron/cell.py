"""The memory cell for networks in JAX: pulses in, readings out, as pure functions.

All functions take a cell and a state and return the next state; they can be jitted, mapped over
devices and synapses (`jax.vmap`), scanned over time and differentiated. What is random comes from
a key. A device with as many units as its film has noise; `quiet` gives the mean of many films.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from afterpulse.neuron.compact import (
    Array,
    Cell,
    State,
    fresh,
    pulse_steps,
    reading,
    step,
    wait_steps,
)


class Spread(NamedTuple):
    """Standard deviation between devices of one card, of the logarithm of each parameter."""

    torque: Array
    barrier: Array
    grain_barrier: Array


def quiet(cell: Cell) -> Cell:
    """The same cell without noise."""
    return cell._replace(units=jnp.full_like(jnp.asarray(cell.units, dtype=float), jnp.inf))


def in_jax(cell: Cell) -> Cell:
    """The same cell of JAX arrays in the default precision."""
    return Cell(*(jnp.asarray(value, dtype=float) for value in cell))


def draw_device(cell: Cell, spread: Spread, key: Array) -> Cell:
    """Draw one device of a card.

    Parameters
    ----------
    cell : Cell
        The median device.
    spread : Spread
        Between devices.
    key : jax.Array
        Of the random numbers.

    Returns
    -------
    Cell
        With its own torque and barriers. Many devices at once, for `jax.vmap`:
        ``jax.vmap(draw_device, (None, None, 0))(cell, spread, jax.random.split(key, count))``.
    """
    deviates = jax.random.normal(key, (len(spread),))
    factors = {
        name: jnp.exp(deviation * deviate)
        for name, deviation, deviate in zip(spread._fields, spread, deviates, strict=True)
    }
    return cell._replace(
        **{name: getattr(cell, name) * factor for name, factor in factors.items()}
    )


def carry(cell: Cell, state: State, amplitude: Array, steps: list[Array], key: Array) -> State:
    """Carry a state over steps of one current.

    Parameters
    ----------
    cell : Cell
        Its parameters.
    state : State
        At the start.
    amplitude : array, shape (...,)
        Over the critical current.
    steps : list of array, each of shape (...,)
        Durations (s).
    key : jax.Array
        Of the noise.

    Returns
    -------
    State
        At the end.
    """
    durations = jnp.stack(steps)
    deviates = jax.random.normal(key, (len(steps), *state.magnetisation.shape))

    def one(state: State, given: tuple[Array, Array]) -> tuple[State, None]:
        return step(cell, state, amplitude, *given), None

    return jax.lax.scan(one, state, (durations, deviates))[0]


def pulse(cell: Cell, state: State, amplitude: Array, width: Array, key: Array) -> State:
    """Carry a state over a pulse: `amplitude` over the critical current, `width` in s."""
    return carry(cell, state, amplitude, pulse_steps(width), key)


def relax(cell: Cell, state: State, duration: Array, key: Array) -> State:
    """Carry a state over a wait (s)."""
    return carry(cell, state, jnp.zeros_like(duration), wait_steps(duration), key)


def aged(cell: Cell, key: Array, shape: tuple[int, ...] = (), duration: float = 1e4) -> State:
    """State of a device that was set and left alone.

    Parameters
    ----------
    cell : Cell
        Its parameters.
    key : jax.Array
        Of the noise.
    shape : tuple of int
        Of the batch.
    duration : float
        s.

    Returns
    -------
    State
        From which a network starts.
    """
    return relax(cell, fresh(cell, shape), jnp.full(shape, duration), key)


def respond(
    cell: Cell, state: State, amplitude: Array, width: Array, wait: Array, key: Array
) -> tuple[State, Array]:
    """One input of a network: a pulse, a wait, a reading.

    Parameters
    ----------
    cell : Cell
        Its parameters.
    state : State
        Before the pulse.
    amplitude : array, shape (...,)
        Over the critical current, within the range of `afterpulse.neuron.trains.AMPLITUDE`; 0
        where no spike comes.
    width, wait : array, shape (...,)
        Of the pulse, and from its end to the reading (s).
    key : jax.Array
        Of the noise.

    Returns
    -------
    state : State
        When it is read, at the end of the wait.
    reading : array, shape (...,)
        Mean m_z.
    """
    of_pulse, of_wait = jax.random.split(key)
    state = relax(cell, pulse(cell, state, amplitude, width, of_pulse), wait, of_wait)
    return state, reading(state)


def run(
    cell: Cell, state: State, amplitude: Array, width: Array, wait: Array, key: Array
) -> tuple[State, Array]:
    """Scan `respond` over time.

    Parameters
    ----------
    cell : Cell
        Its parameters.
    state : State
        Before the first pulse.
    amplitude, width, wait : array, shape (time, ...)
        As in `respond`.
    key : jax.Array
        Of the noise.

    Returns
    -------
    state : State
        At the end.
    readings : array, shape (time, ...)
        Mean m_z at the end of each wait.
    """
    keys = jax.random.split(key, amplitude.shape[0])

    def one(state: State, given: tuple[Array, Array, Array, Array]) -> tuple[State, Array]:
        return respond(cell, state, *given)

    return jax.lax.scan(one, state, (amplitude, width, wait, keys))


def quantised(amplitude: Array, levels: int, largest: float) -> Array:
    """Round an amplitude to what a driver of few levels can give.

    Parameters
    ----------
    amplitude : array
        Over the critical current.
    levels : int
        Of one polarity, 0 not counted.
    largest : float
        Amplitude of the highest level.

    Returns
    -------
    array
        A multiple of ``largest / levels``, at most `largest`. Its derivative is that of the
        clipped amplitude (straight-through: Bengio, Léonard and Courville, arXiv:1308.3432).
    """
    bounded = jnp.clip(amplitude, -largest, largest)
    rounded = jnp.round(bounded * levels / largest) * largest / levels
    return bounded + jax.lax.stop_gradient(rounded - bounded)
