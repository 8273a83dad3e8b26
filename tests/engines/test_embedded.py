import discretisedfield as df
import micromagneticmodel as mm
import numpy as np

from afterpulse.engines.embedded import drive
from afterpulse.engines.snapshots import reduced


def test_embedded_engine_lets_spins_precess(experiment_card):
    field, duration = 0.5, 3e-11
    mesh = df.Mesh(p1=(0, 0, 0), p2=(5e-9, 5e-9, 1e-9), n=(1, 1, 1))
    systems = []
    for sign in (1, -1):
        system = mm.System(name="spin")
        system.energy = mm.Zeeman(H=(0, 0, sign * field / mm.consts.mu0))
        system.dynamics = mm.Precession(gamma0=mm.consts.gamma0)
        system.m = df.Field(mesh, nvdim=3, value=(0.6, 0, 0.8), norm=1e6)
        systems.append(system)
    numerics = experiment_card({"numerics.precision": "float64"}).numerics
    driven = drive(systems, duration, 6, [1, 2], numerics)
    for sign, result in zip((1, -1), driven, strict=True):
        np.testing.assert_allclose(result.time, duration * np.arange(1, 7) / 6)
        # dm/dt = -gamma_0 m x H turns m counter-clockwise about H.
        angle = sign * mm.consts.gamma0 * field / mm.consts.mu0 * result.time
        x, y = 0.6 * np.cos(angle), 0.6 * np.sin(angle)
        expected = np.stack([x, y, np.full(6, 0.8)], axis=-1)
        np.testing.assert_allclose(result.mean_m, expected, atol=1e-4)
        np.testing.assert_allclose(result.mean_xy, x * y, atol=1e-4)
        np.testing.assert_allclose(result.m[0, 0], expected[-1], atol=1e-4)


def test_weighted_means_are_those_of_the_magnetisation_field(experiment_card):
    random = np.random.default_rng(4)
    mesh = df.Mesh(p1=(0, 0, 0), p2=(20e-9, 15e-9, 1e-9), n=(4, 3, 1))
    system = mm.System(name="film")
    system.energy = mm.Zeeman(H=(0, 1e5, 4e5))
    system.dynamics = mm.Precession(gamma0=mm.consts.gamma0)
    system.m = df.Field(mesh, nvdim=3, value=random.normal(size=(4, 3, 1, 3)), norm=1e6)
    numerics = experiment_card({"numerics.precision": "float64"}).numerics
    weight = random.random((4, 3))
    start = system.m
    (driven,) = drive([system], 1e-11, 1, [1], numerics, weight)
    m_z, product = driven.m[..., 2], driven.m[..., 0] * driven.m[..., 1]
    np.testing.assert_allclose(driven.mean_z, (weight * m_z).sum() / weight.sum(), rtol=1e-12)
    np.testing.assert_allclose(driven.mean_xy, (weight * product).sum() / weight.sum(), rtol=1e-12)
    external = reduced(1e-11, [driven.m], weight)
    for name in ("time", "mean_m", "mean_z", "mean_xy"):
        np.testing.assert_allclose(getattr(external, name), getattr(driven, name), rtol=1e-12)
    system.m = start
    (plain,) = drive([system], 1e-11, 1, [1], numerics)
    np.testing.assert_array_equal(plain.m, driven.m)
    np.testing.assert_array_equal(plain.mean_m, driven.mean_m)
    np.testing.assert_array_equal(plain.mean_z, plain.mean_m[:, 2])
    assert plain.mean_z != driven.mean_z
