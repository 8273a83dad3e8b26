"""Layers of neurons: devices, leaky integrators, memoryless neurons and LSTM.

A layer turns a drive into an output step by step, with a state of its own. The network around it
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

# Offset and gain of readings, so that outputs have the mean and size of those of other layers.
MIDDLE, GAIN = 0.5, 2.0


class Layer(NamedTuple):
    """Layer of neurons.

    ``start(shape, key)`` is the initial state of neurons of a shape (batch, neurons).
    ``step(state, drive, key)`` returns the next state, and the output of shape (batch, neurons) for
    a drive of shape (batch, drives, neurons).
    """

    drives: int  # of a neuron
    recurrent: bool  # True if the outputs of the step before contribute to the drive
    start: Callable[[tuple[int, int], Array], Any]
    step: Callable[[Any, Array, Array], tuple[Any, Array]]


class Limits(NamedTuple):
    """Limits of driver and reading."""

    levels: int  # of amplitude, of one polarity
    largest: float  # amplitude over the critical current
    noise: float  # standard deviation of a reading (m_z)


def amplitude_of(drive: Array, limits: Limits) -> Array:
    """Return the amplitude over the critical current for a drive."""
    return quantised(limits.largest * jnp.tanh(drive), limits.levels, limits.largest)


def device_layer(surrogate: Surrogate, deviates: Array, limits: Limits) -> Layer:
    """Return devices by the surrogate, with noise on each reading.

    `deviates`, of shape (neurons, traits), distinguish the devices (`cell.draw_deviates`).
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
    """Return devices by the memory-cell model, with the noise of their films, for tests.

    All parameters of `devices` have shape (neurons, ...); `width` and `wait` of the pulses in s.
    """

    def start(shape: tuple[int, int], key: Array) -> State:
        keys = jax.random.split(key, shape[1])
        # The axis of neurons comes first, as in their parameters.
        return jax.vmap(lambda device, key: cells.aged(device, key, shape[:1]))(devices, keys)

    def step(state: State, drive: Array, key: Array) -> tuple[State, Array]:
        amplitude = amplitude_of(drive[:, 0], limits).T
        keys = jax.random.split(key, amplitude.shape[0])

        def respond(
            device: Cell, state: State, amplitude: Array, key: Array
        ) -> tuple[State, Array]:
            durations = jnp.full(amplitude.shape, width), jnp.full(amplitude.shape, wait)
            return cells.respond(device, state, amplitude, *durations, key)

        state, reading = jax.vmap(respond)(devices, state, amplitude, keys)
        return state, GAIN * (reading.T - MIDDLE)

    return Layer(1, True, start, step)


def zero_state(shape: tuple[int, int], key: Array) -> Array:
    """Return the state of neurons before any drive."""
    return jnp.zeros(shape)


def leaky_layer(kept: float) -> Layer:
    """Return ideal leaky integrators that keep a fraction of their state in each step.

    Random inputs of size 1 give states of size 1 for any fraction.
    """
    gain = math.sqrt(1 - kept**2)

    def step(state: Array, drive: Array, key: Array) -> tuple[Array, Array]:
        state = kept * state + gain * jnp.tanh(drive[:, 0])
        return state, state

    return Layer(1, True, zero_state, step)


def memoryless_layer() -> Layer:
    """Return neurons without memory and without connections between them."""

    def step(state: Array, drive: Array, key: Array) -> tuple[Array, Array]:
        return state, jnp.tanh(drive[:, 0])

    return Layer(1, False, zero_state, step)


def lstm_layer() -> Layer:
    """Return long short-term memory: input, forget and output gate, and cell state.

    Hochreiter and Schmidhuber, Neural Computation 9, 1735 (1997), with the forget gate, at first
    open, of Gers, Schmidhuber and Cummins, Neural Computation 12, 2451 (2000).
    """

    def step(state: Array, drive: Array, key: Array) -> tuple[Array, Array]:
        into, forget, out = (jax.nn.sigmoid(drive[:, gate] + (gate == 1)) for gate in range(3))
        state = forget * state + into * jnp.tanh(drive[:, 3])
        return state, out * jnp.tanh(state)

    return Layer(4, True, zero_state, step)
