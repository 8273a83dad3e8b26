"""Energy minimisation by steepest descent with Barzilai-Borwein steps."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from micromagneticmodel.consts import mu0

from .cross_product import cross
from .equation import field_parts
from .system import Parameters

# Largest |m x B| in T at the end; float32 rounds the exchange field at about 1e-5 T.
TOLERANCE = {"float64": 1e-6, "float32": 1e-4}
MOST_STEPS = 50_000
# No spin turns further than this in a step (rad): a longer one could leave the valley in which
# the descent began.
LARGEST_TURN = 0.2
# A step may end above the last energy, but not above the largest of this many.
MEMORY = 10
SUFFICIENT_DECREASE = 1e-4


class Descent(NamedTuple):
    """Where a minimisation stands.

    Attributes
    ----------
    m, gradient : jax.Array
        Unit magnetisation and m x (m x B), shape (3, nz, nx, ny).
    energies : jax.Array
        Last energies, the newest first, over the largest M_s and the volume of a cell, in T.
    noise : jax.Array
        What rounding adds to an energy, in T.
    rate : jax.Array
        Length of the next step in 1/T.
    residual : jax.Array
        Largest |m x B| in T.
    floor : jax.Array
        What rounding leaves of |m x B|, in T.
    steps : jax.Array
        Number of steps tried.
    """

    m: jax.Array
    gradient: jax.Array
    energies: jax.Array
    noise: jax.Array
    rate: jax.Array
    residual: jax.Array
    floor: jax.Array
    steps: jax.Array


class _Point(NamedTuple):
    gradient: jax.Array
    energy: jax.Array
    noise: jax.Array
    residual: jax.Array
    floor: jax.Array


def _weight(parameters: Parameters) -> jax.Array:
    return parameters.saturation_magnetisation / parameters.saturation_magnetisation.max()


def _evaluate(m: jax.Array, parameters: Parameters) -> _Point:
    weight = _weight(parameters)
    epsilon = 8 * jnp.finfo(m.dtype).eps
    field, density = jnp.zeros_like(m), jnp.zeros_like(m[0])
    size = jnp.zeros_like(m[0])
    for _, degree, part in field_parts(m, jnp.zeros((), jnp.float64), parameters):
        part = jnp.asarray(mu0, m.dtype) * part
        field += part
        density -= weight * jnp.sum(m * part, axis=0) / degree
        size += jnp.sqrt(jnp.sum(part * part, axis=0))
    once = cross(m, field)
    if parameters.free is not None:
        once = parameters.free * once
    return _Point(
        gradient=cross(m, once),
        energy=jnp.sum(density),
        noise=epsilon * jnp.sum(weight * size),
        residual=jnp.sqrt(jnp.max(jnp.sum(once * once, axis=0))),
        floor=epsilon * size.max(),
    )


@jax.jit
def descent_start(m: jax.Array, parameters: Parameters) -> Descent:
    """Begin a minimisation at a magnetisation.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nz, nx, ny).
    parameters : Parameters
        From `system_parameters`, in the precision of m.

    Returns
    -------
    Descent
        No step done.
    """
    point = _evaluate(m, parameters)
    return Descent(
        m=m,
        gradient=point.gradient,
        energies=jnp.full(MEMORY, point.energy),
        noise=point.noise,
        rate=0.5 * LARGEST_TURN / jnp.maximum(point.residual, jnp.finfo(m.dtype).tiny),
        residual=point.residual,
        floor=point.floor,
        steps=jnp.zeros((), jnp.int64),
    )


@partial(jax.jit, donate_argnums=0)
def descend(
    descent: Descent, parameters: Parameters, tolerance: jax.Array, most_steps: jax.Array
) -> Descent:
    """Follow -m x (m x B) down to a minimum of the energy.

    Curvilinear steps that keep |m| = 1, with the two Barzilai-Borwein step lengths in turn
    (Exl et al., J. Appl. Phys. 115, 17D118 (2014)). A step that ends too high is cut (the
    non-monotone line search of Raydan, SIAM J. Optim. 7, 26 (1997)).

    Parameters
    ----------
    descent : Descent
        Where it stands; the buffers are given up.
    parameters : Parameters
        From `system_parameters`, in the precision of m.
    tolerance : jax.Array
        Largest |m x B| in T at the end, or what rounding leaves of it.
    most_steps : jax.Array
        Number of steps, counted from the start of the minimisation, at which to stop anyway.

    Returns
    -------
    Descent
        Its residual is above the tolerance where the steps did not suffice.
    """
    weight = _weight(parameters)

    def inner(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.sum(weight * a * b)

    def unfinished(state: Descent) -> jax.Array:
        return ~converged(state, tolerance) & (state.steps < most_steps)

    def advance(state: Descent) -> Descent:
        square = state.rate**2 * jnp.sum(state.gradient**2, axis=0)
        m = ((4 - square) * state.m - 4 * state.rate * state.gradient) / (4 + square)
        point = _evaluate(m, parameters)
        wanted = SUFFICIENT_DECREASE * state.rate * inner(state.gradient, state.gradient)
        accepted = point.energy <= state.energies.max() - wanted + state.noise
        moved, changed = m - state.m, point.gradient - state.gradient
        both = inner(moved, changed)
        above, below = jnp.where(
            state.steps % 2 == 0,
            jnp.stack([inner(moved, moved), both]),
            jnp.stack([both, inner(changed, changed)]),
        )
        # Where the energy curves downwards the formula gives no step: take the longest.
        longest = LARGEST_TURN / jnp.maximum(point.residual, jnp.finfo(m.dtype).tiny)
        rate = jnp.where((above > 0) & (below > 0), above / below, longest)
        after = Descent(
            m,
            point.gradient,
            jnp.roll(state.energies, 1).at[0].set(point.energy),
            point.noise,
            jnp.minimum(rate, longest),
            point.residual,
            point.floor,
            state.steps + 1,
        )
        shorter = state._replace(rate=state.rate / 4, steps=state.steps + 1)
        return jax.tree.map(partial(jnp.where, accepted), after, shorter)

    return jax.lax.while_loop(unfinished, advance, descent)


def converged(descent: Descent, tolerance: jax.Array | float) -> jax.Array:
    """Whether a minimisation has come as far as the tolerance or rounding lets it."""
    return descent.residual <= jnp.maximum(tolerance, descent.floor)
