import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg


def film(index, cells=24, temperature=300.0):
    rng = np.random.default_rng(index)
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * 3e-9, cells * 3e-9, 1e-9), n=(cells, cells, 1))
    bias = df.Field(mesh, nvdim=3, value=1e4 * rng.normal(size=(cells, cells, 1, 3)))
    system = mm.System(name=f"film{index}", T=temperature)
    system.m = df.Field(mesh, nvdim=3, value=(0.1, 0.1 * index, 1), norm=1e6 + 1e4 * index)
    system.energy = (
        mm.Demag()
        + mm.Exchange(A=1.5e-11)
        + mm.UniaxialAnisotropy(K=8e5 + 1e4 * index, u=(0, 0, 1))
        + mm.DMI(D=1e-3, crystalclass="Cnv_z")
        + mm.Zeeman(H=bias)
    )
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=0.1)
        + mm.Slonczewski(J=1e11 * index, mp=(0, 1, 0), P=0.1, Lambda=1, eps_prime=0.01)
    )
    return system


def run(order, temperatures=(300.0,) * 5):
    systems = [film(index, temperature=temperatures[index]) for index in order]
    seeds = [2**62 + index for index in order]
    result = llg.drive_batch(systems, t=1e-11, n=2, seeds=seeds, time_step=1e-13)
    return {index: (result.mean_m[k], result.m[k]) for k, index in enumerate(order)}


@pytest.mark.parametrize("temperatures", [(300.0,) * 5, (0.0, 300.0, 0.0, 10.0, 300.0)])
def test_a_point_does_not_depend_on_its_batch(temperatures):
    whole = run([0, 1, 2, 3, 4], temperatures)
    for order in ([3], [4, 3, 0], [2, 4, 1, 0, 3]):
        for index, (mean, m) in run(order, temperatures).items():
            assert np.array_equal(mean, whole[index][0])
            assert np.array_equal(m, whole[index][1])


def test_the_seed_changes_a_thermal_run_and_only_that():
    def final(seed, temperature):
        system = film(1, temperature=temperature)
        return llg.drive_batch([system], 2e-12, 1, [seed], time_step=1e-13).m

    assert not np.array_equal(final(1, 300.0), final(2, 300.0))
    assert np.array_equal(final(1, 0.0), final(2, 0.0))


def test_result_and_system_agree():
    systems, calls = [film(0), film(1)], []
    result = llg.drive_batch(
        systems, 2e-12, 4, [1, 2], time_step=1e-13, progress=lambda *done: calls.append(done)
    )
    np.testing.assert_allclose(result.time, [0.5e-12, 1e-12, 1.5e-12, 2e-12])
    assert result.mean_m.shape == (2, 4, 3)
    assert result.m.shape == (2, 24, 24, 1, 3)
    for k, system in enumerate(systems):
        expected = system.m.orientation.array
        np.testing.assert_allclose(result.m[k], expected, atol=1e-6)
        np.testing.assert_allclose(result.mean_m[k, -1], expected.mean(axis=(0, 1, 2)), atol=1e-6)
    assert calls == [(i, 8) for i in range(1, 9)]


def test_weight_picks_its_cells():
    weight = np.zeros((24, 24))
    weight[3, 5], weight[20, 7] = 30.0, 10.0
    result = llg.drive_batch([film(1), film(2)], 2e-12, 2, [1, 2], time_step=1e-13, weight=weight)
    plain = llg.drive_batch([film(1), film(2)], 2e-12, 2, [1, 2], time_step=1e-13)
    np.testing.assert_array_equal(result.mean_m, plain.mean_m)
    np.testing.assert_array_equal(plain.mean_z, plain.mean_m[..., 2])
    x, y, z = np.moveaxis(result.m[:, :, :, 0], -1, 0)
    expected = 0.75 * z[:, 3, 5] + 0.25 * z[:, 20, 7]
    np.testing.assert_allclose(result.mean_z[:, -1], expected, rtol=1e-12)
    expected = 0.75 * (x * y)[:, 3, 5] + 0.25 * (x * y)[:, 20, 7]
    np.testing.assert_allclose(result.mean_xy[:, -1], expected, rtol=1e-12)
    np.testing.assert_allclose(plain.mean_xy[:, -1], (x * y).mean(axis=(1, 2)), rtol=1e-12)
    for wrong, named in (
        (np.ones((24, 12)), r"weight must have the shape \(24, 24\), not \(24, 12\)"),
        (np.zeros((24, 24)), "not zero everywhere"),
        (-weight, "nowhere negative"),
    ):
        with pytest.raises(ValueError, match=named):
            llg.drive_batch([film(1)], 1e-12, 1, [1], weight=wrong)


def test_float32_follows_float64():
    # Both precisions see one noise, so the runs part only by rounding.
    single, double = (
        llg.drive_batch([film(1)], 5e-12, 1, [7], time_step=1e-13, dtype=dtype).m
        for dtype in ("float32", "float64")
    )
    assert np.abs(single - double).max() < 1e-3


def test_divergence_names_the_system_and_changes_nothing():
    systems = [film(0), film(3)]
    before = [system.m for system in systems]
    with pytest.raises(llg.IntegrationError, match="film0"):
        llg.drive_batch(systems, t=1e-10, n=1, seeds=[1, 2], time_step=5e-12)
    assert [system.m for system in systems] == before


def test_a_step_that_biases_the_average_is_refused():
    # gamma dt 16 A / (M_s d^2) is 0.47 and 2.8.
    llg.drive_batch([film(0)], t=1e-10, n=1, seeds=[1], time_step=1e-13)
    with pytest.raises(llg.IntegrationError, match="film0"):
        llg.drive_batch([film(0)], t=1e-10, n=1, seeds=[1], time_step=6e-13)


def test_values_that_are_not_finite_are_named():
    system = film(0, temperature=0.0)
    system.energy += mm.Zeeman(name="wrong", H=(float("inf"), 0, 0))
    with pytest.raises(ValueError, match="Zeeman 'wrong': H"):
        llg.drive_batch([system], t=1e-12, n=1, seeds=[1])


def test_systems_must_agree():
    other_mesh, other_terms = film(1, cells=12), film(1)
    other_terms.energy -= other_terms.energy.dmi
    with pytest.raises(ValueError, match="mesh"):
        llg.drive_batch([film(0), other_mesh], 1e-12, 1, [0, 1])
    with pytest.raises(ValueError, match="terms"):
        llg.drive_batch([film(0), other_terms], 1e-12, 1, [0, 1])
    with pytest.raises(ValueError, match="seeds"):
        llg.drive_batch([film(0)], 1e-12, 1, [0, 1])
    with pytest.raises(ValueError, match="dtype"):
        llg.drive_batch([film(0)], 1e-12, 1, [0], dtype="float16")
    for wrong, named in (
        ({"t": 0.0}, "t must be positive"),
        ({"n": 1.0}, "n must be a positive integer"),
        ({"n": True}, "n must be a positive integer"),
        ({"time_step": float("nan")}, "time_step must be positive"),
    ):
        with pytest.raises(ValueError, match=named):
            llg.drive_batch([film(0)], **{"t": 1e-12, "n": 1, "seeds": [0]} | wrong)
