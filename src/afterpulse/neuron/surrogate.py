"""A small map in the place of the cell, for training: one width, one wait, a state of few numbers.

The compact cell takes 22 steps an input, which is too slow to train a network through. With the
pulse's width and the wait after it fixed, a step is a map of the state and the amplitude alone.
A state of `LATENT` numbers is enough, which relax towards targets by shares that depend on state
and amplitude. The map is learned from sequences of the compact cell without noise; networks are
tested on the compact cell itself.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from afterpulse.neuron import cell as cells
from afterpulse.neuron.compact import Array, Cell
from afterpulse.neuron.descent import descend

LATENT, HIDDEN = 4, 24
SEQUENCES, BATCH, ITERATIONS, RATE = 2048, 128, 6000, 5e-3
HELD_OUT = 256


class Surrogate(NamedTuple):
    """Parameters of the map.

    Attributes
    ----------
    start : shape (latent,)
        State of an aged device.
    inward : shape (hidden, latent)
        Weights of the state.
    drive, offset : shape (hidden,)
        Weights of the amplitude over the critical current; offsets.
    share, share_offset : shape (latent, hidden), (latent,)
        Weights of how far each number goes to its target in a step, as a logistic function.
    target, target_offset : shape (latent, hidden), (latent,)
        Weights of the targets.
    reading, reading_offset : shape (latent,), scalar
        Weights of the mean m_z.
    """

    start: Array
    inward: Array
    drive: Array
    offset: Array
    share: Array
    share_offset: Array
    target: Array
    target_offset: Array
    reading: Array
    reading_offset: Array


def respond(surrogate: Surrogate, state: Array, amplitude: Array) -> tuple[Array, Array]:
    """A pulse, a wait, a reading.

    Parameters
    ----------
    surrogate : Surrogate
        The map.
    state : array, shape (..., latent)
        Before the pulse.
    amplitude : array, shape (...,)
        Over the critical current.

    Returns
    -------
    state : array, shape (..., latent)
        When the device is read.
    reading : array, shape (...,)
        Mean m_z.
    """
    hidden = jnp.tanh(
        state @ surrogate.inward.T + amplitude[..., None] * surrogate.drive + surrogate.offset
    )
    share = jax.nn.sigmoid(hidden @ surrogate.share.T + surrogate.share_offset)
    target = hidden @ surrogate.target.T + surrogate.target_offset
    state = state + share * (target - state)
    return state, state @ surrogate.reading + surrogate.reading_offset


def readings(surrogate: Surrogate, amplitude: Array) -> Array:
    """Readings of an aged device along sequences of amplitudes, both of shape (time, ...)."""
    start = jnp.broadcast_to(surrogate.start, (*amplitude.shape[1:], LATENT))

    def one(state: Array, given: Array) -> tuple[Array, Array]:
        return respond(surrogate, state, given)

    return jax.lax.scan(one, start, amplitude)[1]


def first_guess(key: Array) -> Surrogate:
    """Map whose numbers relax over one step to fifty, all to 0."""
    of_inward, of_drive, of_offset, of_share = jax.random.split(key, 4)
    return Surrogate(
        start=jnp.zeros(LATENT),
        inward=jax.random.normal(of_inward, (HIDDEN, LATENT)) / jnp.sqrt(LATENT),
        drive=4 * jax.random.normal(of_drive, (HIDDEN,)),
        offset=2 * jax.random.normal(of_offset, (HIDDEN,)),
        share=0.1 * jax.random.normal(of_share, (LATENT, HIDDEN)),
        share_offset=jnp.linspace(-4.0, 0.0, LATENT),
        target=jnp.zeros((LATENT, HIDDEN)),
        target_offset=jnp.zeros(LATENT),
        reading=jnp.full(LATENT, 1 / LATENT),
        reading_offset=jnp.zeros(()),
    )


def sequences(length: int, count: int, key: Array) -> Array:
    """Sequences of amplitudes like those of networks: of any height, sparse, with a drift.

    Parameters
    ----------
    length, count : int
        Pulses of a sequence; number of sequences.
    key : jax.Array
        Of the random numbers.

    Returns
    -------
    array, shape (length, count)
        -1 to 1 times the critical current.
    """
    of_height, of_share, of_mean, of_pulse, of_silence = jax.random.split(key, 5)
    height = jax.random.uniform(of_height, (count,))
    mean = jax.random.uniform(of_mean, (count,), minval=-1.0, maxval=1.0)
    share = jax.random.uniform(of_share, (count,))
    pulse = mean + height * jax.random.normal(of_pulse, (length, count))
    present = jax.random.uniform(of_silence, (length, count)) < share
    return jnp.clip(jnp.where(present, pulse, 0.0), -1.0, 1.0)


@jax.jit
def device_readings(cell: Cell, width: float, wait: float, amplitude: Array, key: Array) -> Array:
    """Readings of an aged cell along sequences of amplitudes, both of shape (time, ...)."""
    of_ageing, of_pulses = jax.random.split(key)
    rest = cells.aged(cell, of_ageing, amplitude.shape[1:])
    durations = jnp.full(amplitude.shape, width), jnp.full(amplitude.shape, wait)
    return cells.run(cell, rest, amplitude, *durations, of_pulses)[1]


def noise(cell: Cell, width: float, wait: float, length: int, key: Array) -> float:
    """Root mean square difference of mean m_z between a cell and the same without noise."""
    of_sequences, of_noise = jax.random.split(key)
    amplitude = sequences(length, HELD_OUT, of_sequences)
    noisy, mean = (
        device_readings(one, width, wait, amplitude, of_noise) for one in (cell, cells.quiet(cell))
    )
    return float(jnp.sqrt(jnp.mean((noisy - mean) ** 2)))


def distil(
    cell: Cell, width: float, wait: float, length: int, key: Array
) -> tuple[Surrogate, float]:
    """Learn the map of a cell.

    Parameters
    ----------
    cell : Cell
        Of JAX arrays; its noise is left out.
    width, wait : float
        Of all pulses, and from a pulse's end to the reading and the next pulse (s).
    length : int
        Pulses that the map shall hold for.
    key : jax.Array
        Of the sequences and the first weights.

    Returns
    -------
    surrogate : Surrogate
        The map.
    error : float
        Root mean square difference of mean m_z on sequences that it was not learned from.
    """
    of_start, of_learned, of_held_out, of_weights, of_batches, of_steps = jax.random.split(key, 6)
    quiet = cells.quiet(cell)

    def device(amplitude: Array) -> Array:
        return device_readings(quiet, width, wait, amplitude, of_start)

    learned = sequences(length, SEQUENCES, of_learned)
    seen = device(learned)

    def loss(surrogate: Surrogate, batch: Array, key: Array) -> Array:
        return jnp.mean((readings(surrogate, learned[:, batch]) - seen[:, batch]) ** 2)

    keys = jax.random.split(of_steps, ITERATIONS)
    batches = jax.random.randint(of_batches, (ITERATIONS, BATCH), 0, SEQUENCES)
    surrogate, _ = descend(loss, first_guess(of_weights), batches, keys, RATE)
    held_out = sequences(length, HELD_OUT, of_held_out)
    error = jnp.sqrt(jnp.mean((readings(surrogate, held_out) - device(held_out)) ** 2))
    return surrogate, float(error)
