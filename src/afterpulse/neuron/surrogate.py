"""Surrogate of the memory cell for training: a map of few numbers for fixed width and wait.

The memory-cell model takes 22 steps for an input, too slow for training a network. For fixed pulse
width and wait a step is a map of the state, the amplitude, and the deviates of the device. `LATENT`
numbers are a sufficient state; in each step they relax towards targets by fractions that depend on
all three. The map is learned from sequences of memory cells without noise, each of another device.
Networks are tested on the memory-cell model.
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
    """Weights of the map."""

    start: Array  # (latent,), state of an aged device
    inward: Array  # (hidden, latent), of the state
    drive: Array  # (hidden,), of the amplitude over the critical current
    scaled_drive: Array  # (hidden,), of the amplitude times the deviate of the torque
    traits: Array  # (hidden, traits), of the device's deviates
    offset: Array  # (hidden,)
    fraction: Array  # (latent, hidden), of the fraction of the way to the target in a step (logit)
    fraction_offset: Array  # (latent,)
    target: Array  # (latent, hidden), of the targets
    target_offset: Array  # (latent,)
    reading: Array  # (latent,), of the mean m_z
    reading_offset: Array  # scalar


def respond(
    surrogate: Surrogate, state: Array, amplitude: Array, deviates: Array
) -> tuple[Array, Array]:
    """Advance a state by a pulse and a wait.

    The state has shape (..., latent), `amplitude` (over the critical current) and the returned
    reading (mean m_z) have (...,). `deviates` of the devices, (..., traits), are broadcast to the
    leading axes of the state.
    """
    drive = amplitude[..., None]
    hidden = jnp.tanh(
        state @ surrogate.inward.T
        + drive * surrogate.drive
        + drive * deviates[..., :1] * surrogate.scaled_drive
        + deviates @ surrogate.traits.T
        + surrogate.offset
    )
    fraction = jax.nn.sigmoid(hidden @ surrogate.fraction.T + surrogate.fraction_offset)
    target = hidden @ surrogate.target.T + surrogate.target_offset
    state = state + fraction * (target - state)
    return state, state @ surrogate.reading + surrogate.reading_offset


def readings(surrogate: Surrogate, amplitude: Array, deviates: Array) -> Array:
    """Return the readings of aged devices, of the shape (time, ...) of `amplitude`."""
    start = jnp.broadcast_to(surrogate.start, (*amplitude.shape[1:], LATENT))

    def advance(state: Array, amplitude: Array) -> tuple[Array, Array]:
        return respond(surrogate, state, amplitude, deviates)

    return jax.lax.scan(advance, start, amplitude)[1]


def first_guess(key: Array) -> Surrogate:
    """Draw a map whose numbers relax to 0 over one to fifty steps."""
    inward_key, drive_key, traits_key, offset_key, fraction_key = jax.random.split(key, 5)
    return Surrogate(
        start=jnp.zeros(LATENT),
        inward=jax.random.normal(inward_key, (HIDDEN, LATENT)) / jnp.sqrt(LATENT),
        drive=4 * jax.random.normal(drive_key, (HIDDEN,)),
        scaled_drive=jnp.zeros(HIDDEN),
        traits=0.1 * jax.random.normal(traits_key, (HIDDEN, TRAITS)),
        offset=2 * jax.random.normal(offset_key, (HIDDEN,)),
        fraction=0.1 * jax.random.normal(fraction_key, (LATENT, HIDDEN)),
        fraction_offset=jnp.linspace(-4.0, 0.0, LATENT),
        target=jnp.zeros((LATENT, HIDDEN)),
        target_offset=jnp.zeros(LATENT),
        reading=jnp.full(LATENT, 1 / LATENT),
        reading_offset=jnp.zeros(()),
    )


def sequences(length: int, count: int, key: Array) -> Array:
    """Draw sequences of amplitudes (-1 to 1) as in networks: of any height, sparse, not centred.

    The result has shape (length, count).
    """
    height_key, density_key, mean_key, pulse_key, spike_key = jax.random.split(key, 5)
    # Networks drive at the limit most of the time.
    height = jax.random.uniform(height_key, (count,), maxval=LARGEST_HEIGHT)
    mean = jax.random.uniform(mean_key, (count,), minval=-1.0, maxval=1.0)
    density = jax.random.uniform(density_key, (count,))
    pulse = mean + height * jax.random.normal(pulse_key, (length, count))
    present = jax.random.uniform(spike_key, (length, count)) < density
    return jnp.clip(jnp.where(present, pulse, 0.0), -1.0, 1.0)


@jax.jit
def device_readings(
    devices: Cell, width: float, wait: float, amplitude: Array, key: Array
) -> Array:
    """Return the readings of aged memory cells, of the shape (time, sequences) of `amplitude`.

    All parameters of `devices` have shape (sequences, ...). `width` and `wait` are those of all
    pulses (s).
    """

    def read(device: Cell, amplitude: Array, key: Array) -> Array:
        ageing_key, pulse_key = jax.random.split(key)
        durations = jnp.full(amplitude.shape, width), jnp.full(amplitude.shape, wait)
        aged = cells.aged(device, ageing_key)
        return cells.run(device, aged, amplitude, *durations, pulse_key)[1]

    return jax.vmap(read, (0, 1, 0), 1)(
        devices, amplitude, jax.random.split(key, amplitude.shape[1])
    )


def noise(cell: Cell, width: float, wait: float, length: int, key: Array) -> float:
    """Return the root mean square difference in m_z of a memory cell with and without noise."""
    sequence_key, noise_key = jax.random.split(key)
    amplitude = sequences(length, HELD_OUT, sequence_key)
    alike, none = Spread(*jnp.zeros(TRAITS)), jnp.zeros((HELD_OUT, TRAITS))
    noisy, mean = (
        device_readings(cells.deviating(variant, alike, none), width, wait, amplitude, noise_key)
        for variant in (cell, cells.quiet(cell))
    )
    return float(jnp.sqrt(jnp.mean((noisy - mean) ** 2)))


def distil(
    cell: Cell, spread: Spread, width: float, wait: float, length: int, key: Array
) -> tuple[Surrogate, float]:
    """Learn the map of the devices of a card, without noise.

    The median device has JAX arrays. `width` is that of all pulses, `wait` that from a pulse to the
    reading and the next pulse (s); `length` the pulses of a sequence. Also returns the root mean
    square error in m_z on other sequences and devices.
    """
    learned_key, held_out_key, weight_key, batch_key, step_key = jax.random.split(key, 5)

    def draw(count: int, key: Array) -> tuple[Array, Array, Array]:
        sequence_key, device_key, noise_key = jax.random.split(key, 3)
        amplitude = sequences(length, count, sequence_key)
        deviates = cells.draw_deviates(count, device_key)
        devices = cells.deviating(cells.quiet(cell), spread, deviates)
        return amplitude, deviates, device_readings(devices, width, wait, amplitude, noise_key)

    learned, own, expected = draw(SEQUENCES, learned_key)

    def loss(surrogate: Surrogate, batch: Array, key: Array) -> Array:
        read = readings(surrogate, learned[:, batch], own[batch])
        return jnp.mean((read - expected[:, batch]) ** 2)

    keys = jax.random.split(step_key, ITERATIONS)
    batches = jax.random.randint(batch_key, (ITERATIONS, BATCH), 0, SEQUENCES)
    surrogate, _ = descend(loss, first_guess(weight_key), batches, keys, RATE)
    held_out, others, exact = draw(HELD_OUT, held_out_key)
    error = jnp.sqrt(jnp.mean((readings(surrogate, held_out, others) - exact) ** 2))
    return surrogate, float(error)
