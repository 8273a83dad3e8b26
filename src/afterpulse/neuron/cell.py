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


TRAITS = len(Spread._fields)


def quiet(cell: Cell) -> Cell:
    """The same cell without noise."""
    return cell._replace(units=jnp.full_like(jnp.asarray(cell.units, dtype=float), jnp.inf))


def in_jax(cell: Cell) -> Cell:
    """The same cell of JAX arrays in the default precision."""
    return Cell(*(jnp.asarray(value, dtype=float) for value in cell))


def draw_deviates(count: int, key: Array) -> Array:
    """What tells devices of a card from the median one, in standard deviations.

    Parameters
    ----------
    count : int
        Number of devices.
    key : jax.Array
        Of the random numbers.

    Returns
    -------
    array, shape (count, traits)
        For the parameters of `Spread`, in their order.
    """
    return jax.random.normal(key, (count, TRAITS))


def deviating(cell: Cell, spread: Spread, deviates: Array) -> Cell:
    """Devices of a card, each with its own torque and barriers.

    Parameters
    ----------
    cell : Cell
        The median device.
    spread : Spread
        Between devices.
    deviates : array, shape (count, traits)
        From `draw_deviates`.

    Returns
    -------
    Cell
        All parameters of shape (count, ...), for `jax.vmap`.
    """

    def one(deviates: Array) -> Cell:
        own = {
            name: getattr(cell, name) * jnp.exp(getattr(spread, name) * deviates[number])
            for number, name in enumerate(Spread._fields)
        }
        return cell._replace(**own)

    return jax.vmap(one, axis_size=len(deviates))(deviates)


def carry(cell: Cell, state: State, amplitude: Array, duration: Array, key: Array) -> State:
    """Carry a state over steps of constant current.

    Parameters
    ----------
    cell : Cell
        Its parameters.
    state : State
        At the start.
    amplitude, duration : array, shape (steps, ...)
        Over the critical current, and in s.
    key : jax.Array
        Of the noise.

    Returns
    -------
    State
        At the end.
    """
    deviates = jax.random.normal(key, (duration.shape[0], *state.magnetisation.shape[:-1]))

    def one(state: State, given: tuple[Array, Array, Array]) -> tuple[State, None]:
        return step(cell, state, *given), None

    return jax.lax.scan(one, state, (amplitude, duration, deviates))[0]


def pulse(cell: Cell, state: State, amplitude: Array, width: Array, key: Array) -> State:
    """Carry a state over a pulse: `amplitude` over the critical current, `width` in s."""
    steps = jnp.stack(pulse_steps(width))
    return carry(cell, state, jnp.broadcast_to(amplitude, steps.shape), steps, key)


def relax(cell: Cell, state: State, duration: Array, key: Array) -> State:
    """Carry a state over a wait (s)."""
    steps = jnp.stack(wait_steps(duration))
    return carry(cell, state, jnp.zeros_like(steps), steps, key)


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
    on, off = jnp.stack(pulse_steps(width)), jnp.stack(wait_steps(wait))
    # One scan of both, for one compilation.
    current = jnp.concatenate([jnp.broadcast_to(amplitude, on.shape), jnp.zeros_like(off)])
    state = carry(cell, state, current, jnp.concatenate([on, off]), key)
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
