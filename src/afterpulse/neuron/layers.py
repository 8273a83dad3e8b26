"""Layers of neurons with memory: devices, leaky integrators, none, and long short-term memory.

A layer turns a drive into an output, step by step, with a state of its own. The network around it
(`afterpulse.neuron.network`) is the same for all.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from afterpulse.neuron import cell as cells
from afterpulse.neuron import surrogate as surrogates
from afterpulse.neuron.cell import quantised
from afterpulse.neuron.compact import Array, Cell, State
from afterpulse.neuron.surrogate import Surrogate

# Of readings, so that outputs lie about 0 and are as large as those of the other layers.
MIDDLE, GAIN = 0.5, 2.0


class Layer(NamedTuple):
    """Neurons side by side.

    Attributes
    ----------
    drives : int
        Numbers that drive one neuron.
    recurrent : bool
        Whether the outputs of the step before are part of the drive.
    start : callable
        ``start(shape, key)``: state of neurons in this shape, (batch, neurons), before a sequence.
    step : callable
        ``step(state, drive, key)``: next state, and output of shape (batch, neurons), for a drive
        of shape (batch, drives, neurons).
    """

    drives: int
    recurrent: bool
    start: Callable[[tuple[int, int], Array], Any]
    step: Callable[[Any, Array, Array], tuple[Any, Array]]


class Limits(NamedTuple):
    """What a driver can give and a reading has.

    Attributes
    ----------
    levels : int
        Levels of amplitude of one polarity.
    largest : float
        Largest amplitude over the critical current.
    noise : float
        Standard deviation of a reading, in mean m_z (1).
    """

    levels: int
    largest: float
    noise: float


def amplitude_of(drive: Array, limits: Limits) -> Array:
    """Amplitude over the critical current for a drive of any size."""
    return quantised(limits.largest * jnp.tanh(drive), limits.levels, limits.largest)


def device_layer(surrogate: Surrogate, deviates: Array, limits: Limits) -> Layer:
    """Devices by the surrogate, with noise on each reading.

    Parameters
    ----------
    surrogate : Surrogate
        Of the card.
    deviates : array, shape (neurons, traits)
        What tells each device from the median one.
    limits : Limits
        Of driver and reading.

    Returns
    -------
    Layer
    """

    def start(shape: tuple[int, int], key: Array) -> Array:
        return jnp.broadcast_to(surrogate.start, (*shape, surrogate.start.size))

    def step(state: Array, drive: Array, key: Array) -> tuple[Array, Array]:
        amplitude = amplitude_of(drive[:, 0], limits)
        state, reading = surrogates.respond(surrogate, state, amplitude, deviates)
        noise = limits.noise * jax.random.normal(key, reading.shape)
        return state, GAIN * (reading + noise - MIDDLE)

    return Layer(1, True, start, step)


def film_layer(devices: Cell, width: float, wait: float, limits: Limits) -> Layer:
    """Devices by the compact cell, with the noise of their films; for tests.

    Parameters
    ----------
    devices : Cell
        All parameters of shape (neurons, ...).
    width, wait : float
        Of the pulses, and after them (s).
    limits : Limits
        Of the driver; the noise is the cell's.

    Returns
    -------
    Layer
    """

    def start(shape: tuple[int, int], key: Array) -> State:
        keys = jax.random.split(key, shape[1])
        # Neurons come first, since each has parameters of its own.
        return jax.vmap(lambda device, key: cells.aged(device, key, shape[:1]))(devices, keys)

    def step(state: State, drive: Array, key: Array) -> tuple[State, Array]:
        amplitude = amplitude_of(drive[:, 0], limits).T
        keys = jax.random.split(key, amplitude.shape[0])

        def one(device: Cell, state: State, amplitude: Array, key: Array) -> tuple[State, Array]:
            durations = jnp.full(amplitude.shape, width), jnp.full(amplitude.shape, wait)
            return cells.respond(device, state, amplitude, *durations, key)

        state, reading = jax.vmap(one)(devices, state, amplitude, keys)
        return state, GAIN * (reading.T - MIDDLE)

    return Layer(1, True, start, step)


def silent(shape: tuple[int, int], key: Array) -> Array:
    """State of neurons that nothing has driven yet."""
    return jnp.zeros(shape)


def leaky_layer(kept: float) -> Layer:
    """Ideal leaky integrators that keep a share of their state from step to step.

    Random inputs of size 1 make states of size 1, whatever the share.
    """
    gain = math.sqrt(1 - kept**2)

    def step(state: Array, drive: Array, key: Array) -> tuple[Array, Array]:
        state = kept * state + gain * jnp.tanh(drive[:, 0])
        return state, state

    return Layer(1, True, silent, step)


def memoryless_layer() -> Layer:
    """Neurons that forget all at each step, and do not see each other."""

    def step(state: Array, drive: Array, key: Array) -> tuple[Array, Array]:
        return state, jnp.tanh(drive[:, 0])

    return Layer(1, False, silent, step)


def lstm_layer() -> Layer:
    """Long short-term memory: input, forget and output gate, and cell state.

    Notes
    -----
    Hochreiter and Schmidhuber, Neural Computation 9, 1735 (1997), with the forget gate of Gers,
    Schmidhuber and Cummins, Neural Computation 12, 2451 (2000), open to begin with.
    """

    def step(state: Array, drive: Array, key: Array) -> tuple[Array, Array]:
        into, forget, out = (jax.nn.sigmoid(drive[:, gate] + (gate == 1)) for gate in range(3))
        state = forget * state + into * jnp.tanh(drive[:, 3])
        return state, out * jnp.tanh(state)

    return Layer(4, True, silent, step)
