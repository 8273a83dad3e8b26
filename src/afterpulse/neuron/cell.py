"""Memory cells in JAX: pulses in, readings out.

All functions take a memory cell and a state and return the next state. They can be jitted, mapped
over devices and synapses (`jax.vmap`), scanned over time and differentiated. Keys are those of the
noise. A memory cell with the number of units of its film has noise; `quiet` gives the mean.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from afterpulse.neuron import compact
from afterpulse.neuron.compact import Array, Cell, State


class Spread(NamedTuple):
    """Standard deviation of the logarithm of parameters between devices of one card."""

    torque: Array
    barrier: Array
    grain_barrier: Array


TRAITS = len(Spread._fields)


def quiet(cell: Cell) -> Cell:
    """Return the memory cell without noise."""
    return cell._replace(units=jnp.full_like(jnp.asarray(cell.units, dtype=float), jnp.inf))


def in_jax(cell: Cell) -> Cell:
    """Return the memory cell as JAX arrays of the default precision."""
    return Cell(*(jnp.asarray(value, dtype=float) for value in cell))


def draw_deviates(count: int, key: Array) -> Array:
    """Draw the standard normal deviates of devices, shape (count, traits) in order of `Spread`."""
    return jax.random.normal(key, (count, TRAITS))


def deviating(cell: Cell, spread: Spread, deviates: Array) -> Cell:
    """Return devices that differ from the median one by deviates of shape (count, traits).

    All parameters of the result have shape (count, ...), for `jax.vmap`.
    """

    def device(deviates: Array) -> Cell:
        own = {
            name: getattr(cell, name) * jnp.exp(getattr(spread, name) * deviates[index])
            for index, name in enumerate(Spread._fields)
        }
        return cell._replace(**own)

    return jax.vmap(device, axis_size=len(deviates))(deviates)


def carry(cell: Cell, state: State, amplitude: Array, duration: Array, key: Array) -> State:
    """Advance a state by steps of constant current.

    `amplitude` (over the critical current) and `duration` (s) have shape (steps, ...).
    """
    deviates = jax.random.normal(key, (duration.shape[0], *state.magnetisation.shape[:-1]))

    def advance(state: State, inputs: tuple[Array, Array, Array]) -> tuple[State, None]:
        return compact.step(cell, state, *inputs), None

    return jax.lax.scan(advance, state, (amplitude, duration, deviates))[0]


def pulse(cell: Cell, state: State, amplitude: Array, width: Array, key: Array) -> State:
    """Advance a state by a pulse: `amplitude` over the critical current, `width` in s."""
    steps = jnp.stack(compact.pulse_steps(width))
    return carry(cell, state, jnp.broadcast_to(amplitude, steps.shape), steps, key)


def relax(cell: Cell, state: State, duration: Array, key: Array) -> State:
    """Advance a state by a wait (s)."""
    steps = jnp.stack(compact.wait_steps(duration))
    return carry(cell, state, jnp.zeros_like(steps), steps, key)


def aged(cell: Cell, key: Array, shape: tuple[int, ...] = (), duration: float = 1e4) -> State:
    """Return the state of a batch of initialised devices after ageing for a duration (s)."""
    return relax(cell, compact.fresh(cell, shape), jnp.full(shape, duration), key)


def respond(
    cell: Cell, state: State, amplitude: Array, width: Array, wait: Array, key: Array
) -> tuple[State, Array]:
    """Advance a state by a pulse and a wait, the input of one time step of a network.

    `amplitude` is over the critical current, in the range of `afterpulse.neuron.trains.AMPLITUDE`
    or 0 for no spike; `width` and `wait` (from the end of the pulse to the reading) in s. Returns
    state and mean m_z at the end of the wait.
    """
    on, off = jnp.stack(compact.pulse_steps(width)), jnp.stack(compact.wait_steps(wait))
    # A single scan over pulse and wait compiles once.
    current = jnp.concatenate([jnp.broadcast_to(amplitude, on.shape), jnp.zeros_like(off)])
    state = carry(cell, state, current, jnp.concatenate([on, off]), key)
    return state, compact.reading(state)


def run(
    cell: Cell, state: State, amplitude: Array, width: Array, wait: Array, key: Array
) -> tuple[State, Array]:
    """Scan `respond` over the leading axis of `amplitude`, `width` and `wait`, the time."""
    keys = jax.random.split(key, amplitude.shape[0])

    def advance(state: State, inputs: tuple[Array, Array, Array, Array]) -> tuple[State, Array]:
        return respond(cell, state, *inputs)

    return jax.lax.scan(advance, state, (amplitude, width, wait, keys))


def quantised(amplitude: Array, levels: int, largest: float) -> Array:
    """Clip amplitudes to `largest` and round them to the levels of a driver.

    `levels` counts those of one polarity without 0. The derivative is that of the clipped amplitude
    (straight-through: Bengio, Léonard and Courville, arXiv:1308.3432).
    """
    bounded = jnp.clip(amplitude, -largest, largest)
    rounded = jnp.round(bounded * levels / largest) * largest / levels
    return bounded + jax.lax.stop_gradient(rounded - bounded)
