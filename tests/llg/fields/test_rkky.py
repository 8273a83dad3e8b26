import discretisedfield as df
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.fields.rkky import (
    bilinear_rkky_field,
    biquadratic_rkky_field,
    rkky_coefficients,
)

MU0 = 4e-7 * np.pi
CELL = (2e-9, 3e-9, 1.5e-9)


def stack(axis, order):
    """Two regions of two layers with one layer between them, along an axis."""
    n = [3, 2, 2]
    n[axis] = 5
    corner = np.array(n) * CELL
    first, second = corner.copy(), np.zeros(3)
    first[axis], second[axis] = 2 * CELL[axis], 3 * CELL[axis]
    regions = {
        "low": df.Region(p1=(0, 0, 0), p2=tuple(first)),
        "high": df.Region(p1=tuple(second), p2=tuple(corner)),
    }
    mesh = df.Mesh(p1=(0, 0, 0), p2=tuple(corner), n=n, subregions=regions)
    shape = (n[2], n[0], n[1])
    rng = np.random.default_rng(5)
    m = rng.normal(size=(3, *shape))
    magnetisation = rng.uniform(5e5, 1e6, shape)
    return mesh, jnp.asarray(m), magnetisation, list(order)


@pytest.mark.parametrize("order", [("low", "high"), ("high", "low")])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_fields_are_the_gradients_of_the_energies(axis, order):
    mesh, m, magnetisation, names = stack(axis, order)
    sigma, sigma2 = 2e-4, -3e-4
    coupling = rkky_coefficients(sigma, sigma2, names, magnetisation, mesh)
    array_axis = {0: 2, 1: 3, 2: 1}[axis]
    area = np.prod(CELL) / CELL[axis]

    def surfaces(m):
        low, high = jnp.take(m, 1, axis=array_axis), jnp.take(m, 3, axis=array_axis)
        return jnp.sum(low * high, axis=0)

    # Each of the two cells has this energy, as in OOMMF.
    for field, energy in (
        (bilinear_rkky_field, lambda m: 2 * sigma * area * jnp.sum(1 - surfaces(m))),
        (biquadratic_rkky_field, lambda m: 2 * sigma2 * area * jnp.sum(1 - surfaces(m) ** 2)),
    ):
        expected = -jax.grad(energy)(m) / (MU0 * magnetisation * np.prod(CELL))
        np.testing.assert_allclose(field(m, coupling), expected, rtol=1e-9, atol=1e-6)


def test_vacuum_has_no_partner():
    mesh, m, magnetisation, names = stack(2, ("low", "high"))
    magnetisation[1, 1, 1] = 0
    coupling = rkky_coefficients(1e-3, 0.0, names, magnetisation, mesh)
    field = np.asarray(bilinear_rkky_field(m, coupling))
    assert np.all(field[:, (1, 3), 1, 1] == 0)
    assert np.count_nonzero(np.any(field != 0, axis=0)) == 2 * 5


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["low", "gone"], "'gone' is not a subregion"),
        (["low", "low"], "do not face"),
        (["low", "high", "low"], "expected two names"),
    ],
)
def test_wrong_regions_are_named(names, message):
    mesh, _, magnetisation, _ = stack(2, ("low", "high"))
    with pytest.raises(ValueError, match=message):
        rkky_coefficients(1e-3, 0.0, names, magnetisation, mesh)
