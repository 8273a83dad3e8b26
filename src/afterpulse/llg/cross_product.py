"""Cross product of vector fields.

Written out, since jnp.cross wants the components last or moves them there.
"""

import jax
import jax.numpy as jnp


def cross(a: jax.Array, b: jax.Array) -> jax.Array:
    """Cross product of two vector fields with components first.

    Parameters
    ----------
    a, b : jax.Array
        Shape (3, nz, nx, ny).

    Returns
    -------
    jax.Array
        Shape (3, nz, nx, ny).
    """
    return jnp.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )
