"""Uniaxial anisotropy field."""

import jax


def anisotropy_field(m: jax.Array, strength: jax.Array, axis: jax.Array) -> jax.Array:
    """H = 2 K / (mu0 M_s) (m . u) u, the field of w = -K (m . u)^2.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nx, ny).
    strength : jax.Array
        Anisotropy field 2 K / (mu0 M_s) in A/m, shape (nx, ny).
    axis : jax.Array
        Unit easy axis u, shape (3, nx, ny).

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nx, ny).
    """
    along = m[0] * axis[0] + m[1] * axis[1] + m[2] * axis[2]
    return (strength * along) * axis
