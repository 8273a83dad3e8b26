import discretisedfield as df
import jax
import jax.numpy as jnp
import micromagneticmodel as mm
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from afterpulse import llg
from afterpulse.llg.equation import effective_field, torque
from afterpulse.llg.parameters import as_dtype
from afterpulse.llg.system import orientation, system_parameters


@pytest.fixture(scope="module")
def s_state():
    """The S-state of muMAG standard problem 4."""
    mesh = df.Mesh(p1=(0, 0, 0), p2=(500e-9, 125e-9, 3e-9), n=(128, 32, 1))
    system = mm.System(name="standard_problem_4")
    system.m = df.Field(mesh, nvdim=3, value=(1, 0.1, 0), norm=8e5)
    system.energy = mm.Exchange(A=1.3e-11) + mm.Demag()
    llg.relax_batch([system])
    return system.m


def drive(start, field, t, n):
    system = mm.System(name="standard_problem_4", m=start)
    applied = tuple(np.array(field) * 1e-3 / mm.consts.mu0)
    system.energy = mm.Exchange(A=1.3e-11) + mm.Demag() + mm.Zeeman(H=applied)
    system.dynamics = mm.Precession(gamma0=2.211e5) + mm.Damping(alpha=0.02)
    result = llg.drive_batch([system], t=t, n=n, seeds=[0], dtype="float64")
    return result.time, result.mean_m[0]


def first_zero(time, values):
    after = int(np.argmax(values < 0))
    fraction = values[after - 1] / (values[after - 1] - values[after])
    return time[after - 1] + fraction * (time[after] - time[after - 1])


def test_s_state(s_state):
    # mumax3, the same cells.
    np.testing.assert_allclose(s_state.orientation.mean(), (0.96697, 0.12527, 0), atol=1e-4)


def test_standard_problem_4_field_1(s_state):
    time, mean = drive(s_state, (-24.6, 4.3, 0), 1e-9, 200)
    np.testing.assert_allclose(mean[-1], (-0.9846, 0.1260, 0.0433), atol=0.01)
    assert first_zero(time, mean[:, 0]) == pytest.approx(0.139e-9, abs=2e-12)


def test_standard_problem_4_field_2(s_state):
    time, mean = drive(s_state, (-35.5, -6.3, 0), 0.16e-9, 40)
    assert first_zero(time, mean[:, 0]) == pytest.approx(0.137e-9, abs=2e-12)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 5e-6), ("float32", 1e-3)])
def test_damped_precession_in_a_field(dtype, limit):
    # In a field along z: m_z = tanh(alpha w t + artanh m_z0) and the azimuth turns by w t, with
    # w = gamma0 H / (1 + alpha^2).
    alpha, applied, t = 0.05, 4e5, 2e-10
    mesh = df.Mesh(p1=(0, 0, 0), p2=(6e-9, 4e-9, 1e-9), n=(3, 2, 1))
    system = mm.System(name="precession")
    system.m = df.Field(mesh, nvdim=3, value=(1, 0, 0.1), norm=1e6)
    system.energy = mm.Zeeman(H=(0, 0, applied))
    system.dynamics = mm.Precession(gamma0=2.211e5) + mm.Damping(alpha=alpha)
    start = 0.1 / np.hypot(1, 0.1)
    result = llg.drive_batch([system], t=t, n=7, seeds=[0], dtype=dtype)
    angle = 2.211e5 * applied / (1 + alpha**2) * result.time
    mz = np.tanh(alpha * angle + np.arctanh(start))
    expected = np.stack(
        [np.sqrt(1 - mz**2) * np.cos(angle), np.sqrt(1 - mz**2) * np.sin(angle), mz]
    )
    np.testing.assert_allclose(result.mean_m[0], expected.T, atol=limit)


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 3e-5), ("float32", 5e-4)])
def test_against_integration_with_the_field_at_every_stage(dtype, limit):
    mesh = df.Mesh(p1=(0, 0, 0), p2=(36e-9, 24e-9, 4e-9), n=(12, 8, 2))
    system = mm.System(name="block")
    rng = np.random.default_rng(5)
    start = (1, 0, 0.5) + 0.3 * rng.normal(size=(*mesh.n, 3))
    system.m = df.Field(mesh, nvdim=3, value=start, norm=8e5)
    system.energy = mm.Exchange(A=1.3e-11) + mm.Demag() + mm.Zeeman(H=(0, 5e4, -2e5))
    system.dynamics = (
        mm.Precession(gamma0=2.211e5)
        + mm.Damping(alpha=0.02)
        + mm.Slonczewski(J=1e11, mp=(0, 1, 0), P=0.4, Lambda=1)
    )
    t, n = 6e-11, 3
    parameters = as_dtype(system_parameters(system), "float64")
    shape = orientation(system).shape

    @jax.jit
    def slope(time, flat):
        m = flat.reshape(shape)
        return torque(m, time, effective_field(m, time, parameters), parameters).ravel()

    expected = solve_ivp(
        lambda time, flat: np.asarray(slope(jnp.asarray(time), flat)),
        (0, t),
        orientation(system).ravel(),
        method="DOP853",
        rtol=1e-10,
        atol=1e-10,
    ).y[:, -1]
    actual = llg.drive_batch([system], t=t, n=n, seeds=[0], dtype=dtype).m[0]
    np.testing.assert_allclose(
        actual, np.moveaxis(expected.reshape(shape), (0, 1), (3, 2)), atol=limit
    )


def test_outputs_do_not_change_the_end():
    results = []
    for n in (1, 13):
        mesh = df.Mesh(p1=(0, 0, 0), p2=(30e-9, 30e-9, 3e-9), n=(10, 10, 1))
        system = mm.System(name="square")
        system.m = df.Field(mesh, nvdim=3, value=lambda p: (1, p[0] * 1e8, 0.2), norm=8e5)
        system.energy = mm.Exchange(A=1.3e-11) + mm.Demag()
        system.dynamics = mm.Precession(gamma0=2.211e5) + mm.Damping(alpha=0.05)
        results.append(llg.drive_batch([system], t=5e-11, n=n, seeds=[0], dtype="float64").m)
    np.testing.assert_allclose(*results, atol=1e-5)


def test_smaller_tolerance_is_more_accurate():
    mesh = df.Mesh(p1=(0, 0, 0), p2=(30e-9, 30e-9, 3e-9), n=(10, 10, 1))
    ends = []
    for tolerance in (1e-4, 1e-6, 1e-9):
        system = mm.System(name="square")
        system.m = df.Field(mesh, nvdim=3, value=lambda p: (1, p[0] * 1e8, 0.2), norm=8e5)
        system.energy = mm.Exchange(A=1.3e-11) + mm.Demag()
        system.dynamics = mm.Precession(gamma0=2.211e5) + mm.Damping(alpha=0.05)
        ends.append(llg.drive_batch([system], 5e-11, 1, seeds=[0], tolerance=tolerance).m)
    coarse, fine = (np.abs(end - ends[2]).max() for end in ends[:2])
    assert fine < 0.05 * coarse
    with pytest.raises(ValueError, match="tolerance"):
        llg.drive_batch([system], 5e-11, 1, seeds=[0], tolerance=0.0)
