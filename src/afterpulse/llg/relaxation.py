"""Energy minimisation by steepest descent with Barzilai-Borwein steps."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from micromagneticmodel.consts import mu0

from .equation import cross, effective_field
from .system import Parameters

# Largest |m x B| in T at the end; float32 rounds the exchange field at about 1e-5 T.
TOLERANCE = {"float64": 1e-6, "float32": 1e-4}
MOST_STEPS = 50_000


class _State(NamedTuple):
    m: jax.Array
    gradient: jax.Array
    rate: jax.Array
    residual: jax.Array
    steps: jax.Array


@partial(jax.jit, donate_argnums=0)
def relax(
    m: jax.Array, parameters: Parameters, tolerance: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Follow -m x (m x B) down to a minimum of the energy.

    Curvilinear steps that keep |m| = 1, with the two Barzilai-Borwein step lengths in turn:
    Exl et al., J. Appl. Phys. 115, 17D118 (2014).

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nx, ny); the buffer is given up.
    parameters : Parameters
        From `system_parameters`, in the precision of m.
    tolerance : jax.Array
        Largest |m x B| in T at the end.

    Returns
    -------
    tuple of jax.Array
        The final m and its largest |m x B| in T; above the tolerance after 50,000 steps.
    """
    weight = parameters.saturation_magnetisation / parameters.saturation_magnetisation.max()

    def gradient_at(m: jax.Array) -> tuple[jax.Array, jax.Array]:
        field = jnp.asarray(mu0, m.dtype) * effective_field(m, parameters)
        once = cross(m, field)
        return cross(m, once), jnp.sqrt(jnp.max(jnp.sum(once * once, axis=0)))

    def inner(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.sum(weight * a * b)

    def unfinished(state: _State) -> jax.Array:
        return ~(state.residual <= tolerance) & (state.steps < MOST_STEPS)

    def advance(state: _State) -> _State:
        square = state.rate**2 * jnp.sum(state.gradient**2, axis=0)
        m = ((4 - square) * state.m - 4 * state.rate * state.gradient) / (4 + square)
        gradient, residual = gradient_at(m)
        moved, changed = m - state.m, gradient - state.gradient
        both = inner(moved, changed)
        above, below = jnp.where(
            state.steps % 2 == 0,
            jnp.stack([inner(moved, moved), both]),
            jnp.stack([both, inner(changed, changed)]),
        )
        # Where the energy curves downwards the formula gives no step: go on with the last one.
        rate = jnp.where((above > 0) & (below > 0), above / below, state.rate)
        return _State(m, gradient, jnp.clip(rate, 1e-6, 1e4), residual, state.steps + 1)

    gradient, residual = gradient_at(m)
    first = 0.1 / jnp.maximum(residual, 1e-6)
    end = jax.lax.while_loop(
        unfinished, advance, _State(m, gradient, first, residual, jnp.zeros((), jnp.int64))
    )
    return end.m, end.residual
