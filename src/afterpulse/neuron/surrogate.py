"""A small map in the place of the cell, for training: one width, one wait, a state of few numbers.

The compact cell takes 22 steps an input, which is too slow to train a network through. With the
pulse's width and the wait after it fixed, a step is a map of the state, the amplitude and what
tells the device from the median one. A state of `LATENT` numbers is enough, which relax towards
targets by shares that depend on all three. The map is learned from sequences of compact cells
without noise, each of another device; networks are tested on the compact cell itself.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from afterpulse.neuron import cell as cells
from afterpulse.neuron.cell import TRAITS, Spread
from afterpulse.neuron.compact import Array, Cell
from afterpulse.neuron.descent import descend

LATENT, HIDDEN = 6, 48
SEQUENCES, BATCH, ITERATIONS, RATE = 4096, 128, 8000, 5e-3
HELD_OUT = 256
LARGEST_HEIGHT = 2.0


class Surrogate(NamedTuple):
    """Parameters of the map.

    Attributes
    ----------
    start : shape (latent,)
        State of an aged device.
    inward : shape (hidden, latent)
        Weights of the state.
    drive, scaled_drive : shape (hidden,)
        Weights of the amplitude over the critical current, and of the same times the deviate of
        the device's torque.
    traits : shape (hidden, traits)
        Weights of the device's deviates.
    offset : shape (hidden,)
        Offsets.
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
    scaled_drive: Array
    traits: Array
    offset: Array
    share: Array
    share_offset: Array
    target: Array
    target_offset: Array
    reading: Array
    reading_offset: Array


def respond(
    surrogate: Surrogate, state: Array, amplitude: Array, deviates: Array
) -> tuple[Array, Array]:
    """A pulse, a wait, a reading.

    Parameters
    ----------
    surrogate : Surrogate
        The map.
    state : array, shape (..., latent)
        Before the pulse.
    amplitude : array, shape (...,)
        Over the critical current.
    deviates : array, shape (..., traits)
        Of the device, see `cell.draw_deviates`; it need not have the leading axes of the state.

    Returns
    -------
    state : array, shape (..., latent)
        When the device is read.
    reading : array, shape (...,)
        Mean m_z.
    """
    given = amplitude[..., None]
    hidden = jnp.tanh(
        state @ surrogate.inward.T
        + given * surrogate.drive
        + given * deviates[..., :1] * surrogate.scaled_drive
        + deviates @ surrogate.traits.T
        + surrogate.offset
    )
    share = jax.nn.sigmoid(hidden @ surrogate.share.T + surrogate.share_offset)
    target = hidden @ surrogate.target.T + surrogate.target_offset
    state = state + share * (target - state)
    return state, state @ surrogate.reading + surrogate.reading_offset


def readings(surrogate: Surrogate, amplitude: Array, deviates: Array) -> Array:
    """Readings of aged devices along sequences of amplitudes, both of shape (time, ...)."""
    start = jnp.broadcast_to(surrogate.start, (*amplitude.shape[1:], LATENT))

    def one(state: Array, given: Array) -> tuple[Array, Array]:
        return respond(surrogate, state, given, deviates)

    return jax.lax.scan(one, start, amplitude)[1]


def first_guess(key: Array) -> Surrogate:
    """Map whose numbers relax over one step to fifty, all to 0."""
    of_inward, of_drive, of_traits, of_offset, of_share = jax.random.split(key, 5)
    return Surrogate(
        start=jnp.zeros(LATENT),
        inward=jax.random.normal(of_inward, (HIDDEN, LATENT)) / jnp.sqrt(LATENT),
        drive=4 * jax.random.normal(of_drive, (HIDDEN,)),
        scaled_drive=jnp.zeros(HIDDEN),
        traits=0.1 * jax.random.normal(of_traits, (HIDDEN, TRAITS)),
        offset=2 * jax.random.normal(of_offset, (HIDDEN,)),
        share=0.1 * jax.random.normal(of_share, (LATENT, HIDDEN)),
        share_offset=jnp.linspace(-4.0, 0.0, LATENT),
        target=jnp.zeros((LATENT, HIDDEN)),
        target_offset=jnp.zeros(LATENT),
        reading=jnp.full(LATENT, 1 / LATENT),
        reading_offset=jnp.zeros(()),
    )


def sequences(length: int, count: int, key: Array) -> Array:
    """Sequences of amplitudes like those of networks: of any height, sparse, off the middle.

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
    # Networks drive at the limit most of the time.
    height = jax.random.uniform(of_height, (count,), maxval=LARGEST_HEIGHT)
    mean = jax.random.uniform(of_mean, (count,), minval=-1.0, maxval=1.0)
    share = jax.random.uniform(of_share, (count,))
    pulse = mean + height * jax.random.normal(of_pulse, (length, count))
    present = jax.random.uniform(of_silence, (length, count)) < share
    return jnp.clip(jnp.where(present, pulse, 0.0), -1.0, 1.0)


@jax.jit
def device_readings(
    devices: Cell, width: float, wait: float, amplitude: Array, key: Array
) -> Array:
    """Readings of aged cells along sequences of amplitudes.

    Parameters
    ----------
    devices : Cell
        All parameters of shape (sequences, ...).
    width, wait : float
        Of all pulses, and after them (s).
    amplitude : array, shape (time, sequences)
        Over the critical current.
    key : jax.Array
        Of the noise.

    Returns
    -------
    array, shape (time, sequences)
        Mean m_z.
    """

    def one(device: Cell, amplitude: Array, key: Array) -> Array:
        of_ageing, of_pulses = jax.random.split(key)
        durations = jnp.full(amplitude.shape, width), jnp.full(amplitude.shape, wait)
        return cells.run(device, cells.aged(device, of_ageing), amplitude, *durations, of_pulses)[1]

    return jax.vmap(one, (0, 1, 0), 1)(
        devices, amplitude, jax.random.split(key, amplitude.shape[1])
    )


def noise(cell: Cell, width: float, wait: float, length: int, key: Array) -> float:
    """Root mean square difference of mean m_z between a cell and the same without noise."""
    of_sequences, of_noise = jax.random.split(key)
    amplitude = sequences(length, HELD_OUT, of_sequences)
    alike, none = Spread(*jnp.zeros(TRAITS)), jnp.zeros((HELD_OUT, TRAITS))
    noisy, mean = (
        device_readings(cells.deviating(one, alike, none), width, wait, amplitude, of_noise)
        for one in (cell, cells.quiet(cell))
    )
    return float(jnp.sqrt(jnp.mean((noisy - mean) ** 2)))


def distil(
    cell: Cell, spread: Spread, width: float, wait: float, length: int, key: Array
) -> tuple[Surrogate, float]:
    """Learn the map of the devices of a card.

    Parameters
    ----------
    cell, spread : Cell, Spread
        The median device, of JAX arrays, and how others differ from it; noise is left out.
    width, wait : float
        Of all pulses, and from a pulse's end to the reading and the next pulse (s).
    length : int
        Pulses that the map shall hold for.
    key : jax.Array
        Of the sequences, the devices and the first weights.

    Returns
    -------
    surrogate : Surrogate
        The map.
    error : float
        Root mean square difference of mean m_z on sequences and devices that it was not learned
        from.
    """
    of_learned, of_held_out, of_weights, of_batches, of_steps = jax.random.split(key, 5)

    def drawn(count: int, key: Array) -> tuple[Array, Array, Array]:
        of_sequences, of_devices, of_start = jax.random.split(key, 3)
        amplitude = sequences(length, count, of_sequences)
        deviates = cells.draw_deviates(count, of_devices)
        devices = cells.deviating(cells.quiet(cell), spread, deviates)
        return amplitude, deviates, device_readings(devices, width, wait, amplitude, of_start)

    learned, own, seen = drawn(SEQUENCES, of_learned)

    def loss(surrogate: Surrogate, batch: Array, key: Array) -> Array:
        found = readings(surrogate, learned[:, batch], own[batch])
        return jnp.mean((found - seen[:, batch]) ** 2)

    keys = jax.random.split(of_steps, ITERATIONS)
    batches = jax.random.randint(of_batches, (ITERATIONS, BATCH), 0, SEQUENCES)
    surrogate, _ = descend(loss, first_guess(of_weights), batches, keys, RATE)
    held_out, others, expected = drawn(HELD_OUT, of_held_out)
    error = jnp.sqrt(jnp.mean((readings(surrogate, held_out, others) - expected) ** 2))
    return surrogate, float(error)
