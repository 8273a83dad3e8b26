"""Stochastic gradient descent."""

from collections.abc import Callable
from typing import TypeVar

import jax
import optax

from afterpulse.neuron.compact import Array

Parameters = TypeVar("Parameters")
MAX_GRADIENT_NORM = 1.0


def descend(
    loss: Callable[[Parameters, Array, Array], Array],
    start: Parameters,
    batches: Array,
    keys: Array,
    rate: float,
) -> tuple[Parameters, Array]:
    """Minimise a loss batch by batch by Adam with clipped gradients.

    `loss` takes parameters (a pytree), a batch and a key. `batches`, of shape (steps, batch), are
    indices of samples; `keys`, (steps,), those of the random numbers. The learning rate falls from
    `rate` to 0 as a cosine. Returns the final parameters, and the loss of each batch before its
    step.
    """
    optimiser = optax.chain(
        optax.clip_by_global_norm(MAX_GRADIENT_NORM),
        optax.adam(optax.cosine_decay_schedule(rate, len(batches))),
    )

    def improve(
        carried: tuple[Parameters, optax.OptState], inputs: tuple[Array, Array]
    ) -> tuple[tuple[Parameters, optax.OptState], Array]:
        parameters, memory = carried
        value, gradient = jax.value_and_grad(loss)(parameters, *inputs)
        update, memory = optimiser.update(gradient, memory)
        return (optax.apply_updates(parameters, update), memory), value

    @jax.jit
    def all_steps(start: Parameters) -> tuple[Parameters, Array]:
        carried = start, optimiser.init(start)
        (parameters, _), losses = jax.lax.scan(improve, carried, (batches, keys))
        return parameters, losses

    return all_steps(start)
