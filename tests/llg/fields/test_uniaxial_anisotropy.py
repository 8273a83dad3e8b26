import jax.numpy as jnp
import numpy as np

from afterpulse.llg.fields.uniaxial_anisotropy import (
    UniaxialAnisotropy,
    fourth_order_field,
    second_order_field,
)

MU0 = 4e-7 * np.pi


def test_fields_are_the_gradients_of_the_energies(open_block):
    block = open_block
    first, second = block.scalar(-1e5, 1e6), block.scalar(-1e5, 1e6)
    axis = block.rng.normal(size=(3, *block.shape))
    axis /= np.linalg.norm(axis, axis=0)
    magnetic = block.magnetisation > 0
    inverse = np.where(magnetic, 1 / np.where(magnetic, MU0 * block.magnetisation, 1), 0)
    term = UniaxialAnisotropy(2 * first * inverse, 4 * second * inverse, axis)
    for field, constant, power in (
        (second_order_field, first, 2),
        (fourth_order_field, second, 4),
    ):

        def energy(m, constant=constant, power=power):
            return -block.volume * jnp.sum(constant * jnp.sum(m * axis, axis=0) ** power)

        np.testing.assert_allclose(field(block.m, term), block.field_of(energy), rtol=1e-9)
