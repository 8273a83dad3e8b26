"""Energy minimisation by steepest descent with Barzilai-Borwein steps."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import micromagneticmodel as mm
from micromagneticmodel.consts import mu0

from .compilation_cache import COMPILING
from .cross_product import cross
from .equation import term_fields
from .evolution import IntegrationError
from .parameters import Parameters
from .system import orientation

# Largest |m x B| in T at the end; float32 rounds the exchange field at about 1e-5 T.
TOLERANCE = {"float64": 1e-6, "float32": 1e-4}
MOST_STEPS = 50_000
# Largest turn of a spin in a step (rad): a longer step could leave the valley of the start.
LARGEST_TURN = 0.2
# A step may end above the last energy, but not above the largest of this many.
MEMORY = 10
SUFFICIENT_DECREASE = 1e-4


class Descent(NamedTuple):
    """State of a minimisation."""

    m: jax.Array
    gradient: jax.Array  # m x (m x B) in T, shape (3, nz, nx, ny)
    # Last energies, the newest first, over the largest M_s and the volume of a cell, in T.
    energies: jax.Array
    noise: jax.Array  # rounding error of an energy in T
    rate: jax.Array  # length of the next step in 1/T
    residual: jax.Array  # largest |m x B| in T
    floor: jax.Array  # rounding error of |m x B| in T
    steps: jax.Array  # number of steps tried


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
    for _, degree, h in term_fields(m, jnp.zeros((), jnp.float64), parameters):
        b = jnp.asarray(mu0, m.dtype) * h
        field += b
        density -= weight * jnp.sum(m * b, axis=0) / degree
        size += jnp.sqrt(jnp.sum(b * b, axis=0))
    torque = cross(m, field)
    if parameters.free is not None:
        torque = parameters.free * torque
    return _Point(
        gradient=cross(m, torque),
        energy=jnp.sum(density),
        noise=epsilon * jnp.sum(weight * size),
        residual=jnp.sqrt(jnp.max(jnp.sum(torque * torque, axis=0))),
        floor=epsilon * size.max(),
    )


@jax.jit
def descent_start(m: jax.Array, parameters: Parameters) -> Descent:
    """Return the state of a minimisation before the first step."""
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
    non-monotone line search of Raydan, SIAM J. Optim. 7, 26 (1997)). Stops at `most_steps`, counted
    from the start of the minimisation, even above the tolerance in T. The buffers are given up.
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
        decrease = SUFFICIENT_DECREASE * state.rate * inner(state.gradient, state.gradient)
        accepted = point.energy <= state.energies.max() - decrease + state.noise
        moved, changed = m - state.m, point.gradient - state.gradient
        product = inner(moved, changed)
        numerator, denominator = jnp.where(
            state.steps % 2 == 0,
            jnp.stack([inner(moved, moved), product]),
            jnp.stack([product, inner(changed, changed)]),
        )
        # Where the energy curves downwards the formula gives no step: take the longest.
        longest = LARGEST_TURN / jnp.maximum(point.residual, jnp.finfo(m.dtype).tiny)
        positive = (numerator > 0) & (denominator > 0)
        rate = jnp.where(positive, numerator / denominator, longest)
        after = Descent(
            m=m,
            gradient=point.gradient,
            energies=jnp.roll(state.energies, 1).at[0].set(point.energy),
            noise=point.noise,
            rate=jnp.minimum(rate, longest),
            residual=point.residual,
            floor=point.floor,
            steps=state.steps + 1,
        )
        shorter = state._replace(rate=state.rate / 4, steps=state.steps + 1)
        return jax.tree.map(partial(jnp.where, accepted), after, shorter)

    return jax.lax.while_loop(unfinished, advance, descent)


def converged(descent: Descent, tolerance: jax.Array | float) -> jax.Array:
    """Check that |m x B| is below the tolerance or its rounding error."""
    return descent.residual <= jnp.maximum(tolerance, descent.floor)


def relax_steps(
    system: mm.System, parameters: Parameters, tolerance: float, stride: int | None = None
) -> Iterator[Descent]:
    """Minimise the energy of a system from its m, yielding every `stride` steps and at the end.

    The parameters set the precision; `tolerance` is the largest |m x B| in T at the end. The
    arrays of a yielded descent are valid until the next one. Raises `IntegrationError` if the
    tolerance is not reached.
    """
    dtype = parameters.saturation_magnetisation.dtype
    limit = jnp.asarray(tolerance, dtype)
    stride = MOST_STEPS if stride is None else stride
    with COMPILING:
        descent = descent_start(jnp.asarray(orientation(system), dtype=dtype), parameters)
        descent = descend(descent, parameters, limit, jnp.asarray(0, jnp.int64))
    until = stride
    while True:
        descent = descend(descent, parameters, limit, jnp.asarray(until, jnp.int64))
        yield descent
        if bool(converged(descent, limit)):
            return
        if until >= MOST_STEPS or not bool(jnp.isfinite(descent.residual)):
            raise IntegrationError(
                f"system '{system.name}' did not relax: |m x B| is {descent.residual:.3g} T, "
                f"not below {tolerance:.3g} T, after {int(descent.steps)} steps"
            )
        until += stride
