"""Least loss by stochastic gradient descent."""

from collections.abc import Callable
from typing import TypeVar

import jax
import optax

from afterpulse.neuron.compact import Array

Parameters = TypeVar("Parameters")
LARGEST_SLOPE = 1.0


def descend(
    loss: Callable[[Parameters, Array, Array], Array],
    start: Parameters,
    batches: Array,
    keys: Array,
    rate: float,
) -> tuple[Parameters, Array]:
    """Go down a loss batch by batch, by Adam with slopes of bounded size.

    Parameters
    ----------
    loss : callable
        Takes parameters, a batch and a key; gives a scalar.
    start : pytree
        Parameters to begin with.
    batches : array, shape (steps, batch)
        Numbers of the samples of each step.
    keys : jax.Array, shape (steps,)
        Of what is random in each step.
    rate : float
        Of the first step; it falls as a cosine to 0.

    Returns
    -------
    parameters : pytree
        After the last step.
    losses : array, shape (steps,)
        Of each batch, before its step.
    """
    optimiser = optax.chain(
        optax.clip_by_global_norm(LARGEST_SLOPE),
        optax.adam(optax.cosine_decay_schedule(rate, len(batches))),
    )

    def improve(
        carried: tuple[Parameters, optax.OptState], given: tuple[Array, Array]
    ) -> tuple[tuple[Parameters, optax.OptState], Array]:
        parameters, memory = carried
        value, slope = jax.value_and_grad(loss)(parameters, *given)
        change, memory = optimiser.update(slope, memory)
        return (optax.apply_updates(parameters, change), memory), value

    @jax.jit
    def all_steps(start: Parameters) -> tuple[Parameters, Array]:
        (found, _), values = jax.lax.scan(improve, (start, optimiser.init(start)), (batches, keys))
        return found, values

    return all_steps(start)
