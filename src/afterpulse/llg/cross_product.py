"""Cross product of vector fields.

Written out, since jnp.cross wants the components last or moves them there.
"""

import jax
import jax.numpy as jnp


def cross(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return the cross product of vector fields with the components first."""
    return jnp.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )
