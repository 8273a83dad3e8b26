import discretisedfield as df
import micromagneticmodel as mm
import numpy as np

from afterpulse.engines.embedded import drive


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
