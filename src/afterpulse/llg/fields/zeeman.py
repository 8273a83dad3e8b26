"""Applied static field."""

import jax
import jax.numpy as jnp


def zeeman_field(m: jax.Array, applied: jax.Array) -> jax.Array:
    """Return the applied field, the field of w = -mu0 M_s m . H.

    Parameters
    ----------
    m : jax.Array
        Unit magnetisation, shape (3, nx, ny); gives the shape only.
    applied : jax.Array
        H in A/m, shape (3, nx, ny) or (3, 1, 1).

    Returns
    -------
    jax.Array
        Field in A/m, shape (3, nx, ny).
    """
    return jnp.broadcast_to(applied, m.shape)
