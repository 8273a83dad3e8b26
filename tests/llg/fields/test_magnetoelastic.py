import jax.numpy as jnp
import numpy as np

from afterpulse.llg.fields.magnetoelastic import Magnetoelastic, magnetoelastic_field

MU0 = 4e-7 * np.pi


def test_field_is_the_gradient_of_the_energy(open_block):
    block = open_block
    first, second = block.scalar(-1e7, 1e7), block.scalar(-1e7, 1e7)
    normal, shear = (1e-3 * block.rng.normal(size=(3, *block.shape)) for _ in range(2))
    magnetic = block.magnetisation > 0
    inverse = np.where(magnetic, 1 / np.where(magnetic, MU0 * block.magnetisation, 1), 0)
    strain = {(i, i): normal[i] for i in range(3)}
    for (i, j), value in zip(((1, 2), (0, 2), (0, 1)), shear, strict=True):
        strain[i, j] = strain[j, i] = value

    def energy(m):
        total = 0.0
        for (i, j), value in strain.items():
            total += jnp.sum((first if i == j else second) * m[i] * m[j] * value)
        return block.volume * total

    term = Magnetoelastic(first * inverse, second * inverse, normal, shear)
    expected = block.field_of(energy)
    np.testing.assert_allclose(
        magnetoelastic_field(block.m, term), expected, rtol=1e-9, atol=1e-9 * abs(expected).max()
    )
