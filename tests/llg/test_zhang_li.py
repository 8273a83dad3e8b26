import discretisedfield as df
import jax.numpy as jnp
import numpy as np
import pytest

from afterpulse.llg.zhang_li import drift, drift_coefficients, zhang_li_torque


def spiral(axis, cells=16, d=2e-9, bc=""):
    """One turn along an axis, with the mesh it is on."""
    n = [2, 2, 2]
    n[axis] = cells
    mesh = df.Mesh(p1=(0, 0, 0), p2=tuple(d * k for k in n), n=n, bc=bc)
    shape = [1, 1, 1]
    shape[{0: 1, 1: 2, 2: 0}[axis]] = cells
    angle = (2 * np.pi / cells * np.arange(cells)).reshape(shape)
    angle = angle + np.zeros((n[2], n[0], n[1]))
    return mesh, np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)]), angle


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_drift_of_a_spiral_along_each_axis(axis):
    mesh, m, angle = spiral(axis, bc="xyz"[axis])
    velocity = np.zeros_like(m)
    velocity[axis] = 300.0
    weights = drift_coefficients(velocity, np.ones(m.shape[1:]), mesh)
    actual = drift(jnp.asarray(m), jnp.asarray(weights))
    # A central difference of exp(ikx) is exp(ikx) i sin(kd)/d.
    rate = 300.0 * np.sin(2 * np.pi / 16) / 2e-9
    expected = rate * np.stack([-np.sin(angle), np.cos(angle), np.zeros_like(angle)])
    np.testing.assert_allclose(actual, expected, atol=1e-12 * rate)


def test_edges_and_vacuum_count_as_more_of_the_same():
    mesh, m, _ = spiral(0)
    magnetisation = np.ones(m.shape[1:])
    magnetisation[:, 5] = 0
    velocity = np.zeros_like(m)
    velocity[0] = 1.0
    weights = jnp.asarray(drift_coefficients(velocity, magnetisation, mesh))
    actual = np.asarray(drift(jnp.asarray(m), weights))
    half = (m[:, :, 1] - m[:, :, 0]) / (2 * 2e-9)
    np.testing.assert_allclose(actual[:, :, 0], half, rtol=1e-12)
    np.testing.assert_allclose(actual[:, :, 4], (m[:, :, 4] - m[:, :, 3]) / (2 * 2e-9), rtol=1e-12)
    assert np.all(actual[:, :, 5] == 0)


def test_torque_is_perpendicular_and_against_the_gradient():
    rng = np.random.default_rng(1)
    m = rng.normal(size=(3, 1, 4, 4))
    m /= np.linalg.norm(m, axis=0)
    along = rng.normal(size=m.shape)
    actual = np.asarray(zhang_li_torque(jnp.asarray(m), jnp.asarray(along), jnp.float64(0.3)))
    np.testing.assert_allclose(np.sum(actual * m, axis=0), 0, atol=1e-14)
    across = along - np.sum(along * m, axis=0) * m
    expected = -across + 0.3 * np.cross(m, across, axis=0)
    np.testing.assert_allclose(actual, expected, atol=1e-14)
