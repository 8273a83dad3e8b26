"""The Landau-Lifshitz-Gilbert equation."""

import jax
import jax.numpy as jnp

from .fields.anisotropy import anisotropy_field
from .fields.demagnetisation import demagnetisation_field
from .fields.dmi import dmi_field
from .fields.exchange import exchange_field
from .fields.zeeman import zeeman_field
from .slonczewski import slonczewski_field
from .system import Parameters


def effective_field(m: jax.Array, parameters: Parameters) -> jax.Array:
    """Sum of the fields of all energy terms.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nx, ny).
    parameters : Parameters
        From `system_parameters`.

    Returns
    -------
    jax.Array
        H in A/m, shape (3, nx, ny).
    """
    p = parameters
    field = jnp.zeros_like(m)
    if p.demagnetisation is not None:
        field += demagnetisation_field(m, p.saturation_magnetisation, p.demagnetisation)
    if p.exchange is not None:
        field += exchange_field(m, p.exchange)
    if p.dmi is not None:
        field += dmi_field(m, p.dmi)
    for term in p.anisotropy:
        field += anisotropy_field(m, *term)
    if p.applied is not None:
        field += zeeman_field(m, p.applied)
    return field


def torque(m: jax.Array, field: jax.Array, parameters: Parameters) -> jax.Array:
    """dm/dt of the Gilbert equation, solved for dm/dt.

    dm/dt = -gamma0 m x G + alpha m x dm/dt, with G = H plus the equivalent field of the spin
    torques, is dm/dt = -gamma0 / (1 + alpha^2) (m x G + alpha m x (m x G)) for |m| = 1.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nx, ny).
    field : jax.Array
        H in A/m, shape (3, nx, ny).
    parameters : Parameters
        From `system_parameters`.

    Returns
    -------
    jax.Array
        In 1/s, shape (3, nx, ny).
    """
    for term in parameters.slonczewski:
        field = field + slonczewski_field(m, *term)
    alpha = parameters.damping
    once = cross(m, field)
    return -parameters.gamma0 / (1 + alpha * alpha) * (once + alpha * cross(m, once))


def cross(a: jax.Array, b: jax.Array) -> jax.Array:
    """Cross product of two vector fields with components first.

    Parameters
    ----------
    a, b : jax.Array
        Shape (3, nx, ny).

    Returns
    -------
    jax.Array
        Shape (3, nx, ny).
    """
    return jnp.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def normalise(m: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Scale every vector to length one; vacuum stays zero.

    Parameters
    ----------
    m : jax.Array
        Shape (3, nx, ny).

    Returns
    -------
    tuple of jax.Array
        The unit vectors, and the square of the length before, shape (nx, ny).
    """
    square = m[0] * m[0] + m[1] * m[1] + m[2] * m[2]
    return m * jax.lax.rsqrt(jnp.where(square > 0, square, 1)), square
