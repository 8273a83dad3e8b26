"""Nothing that a field, a current or a temperature does in time may be missed."""

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg
from afterpulse.llg import evolution
from afterpulse.llg import system as system_module

GAMMA = 2.211e5
BOLTZMANN, MU0 = 1.380649e-23, 4e-7 * np.pi


def spin(dynamics=None, temperature=0.0):
    mesh = df.Mesh(p1=(0, 0, 0), p2=(5e-9,) * 3, n=(1, 1, 1))
    system = mm.System(name="spin", T=temperature)
    system.m = df.Field(mesh, nvdim=3, value=(1, 0, 0), norm=8e5)
    system.energy = mm.Zeeman(name="none", H=(0, 0, 0))
    system.dynamics = dynamics or mm.Precession(gamma0=GAMMA)
    return system


def azimuth(system):
    x, y, _ = system.m.orientation.array[0, 0, 0]
    return np.arctan2(y, x)


def rectangle(begin, width):
    return lambda t: float(begin <= t < begin + width)


def triangle(begin, width):
    return lambda t: float(np.clip(1 - abs(2 * (t - begin) / width - 1), 0, None))


def gaussian(middle, width):
    return lambda t: float(np.exp(-((t - middle) ** 2) / (2 * width**2)))


def burst(begin, width, frequency):
    return lambda t: (
        float(begin <= t < begin + width) * (1 + np.sin(2 * np.pi * frequency * (t - begin)))
    )


def area(function, end, dt):
    """Integral of the straight lines between samples."""
    values = np.array([function(k * dt) for k in range(round(end / dt) + 1)])
    return dt * (values.sum() - 0.5 * (values[0] + values[-1]))


PULSES = {
    "rectangle": (rectangle(6.1e-9, 2e-10), 1e-12),
    "coarse rectangle": (rectangle(6.1e-9, 2e-10), 1e-10),
    "spike": (rectangle(7.3e-9, 1e-12), 1e-12),
    "triangle": (triangle(5.2e-9, 4e-10), 1e-12),
    "gaussian": (gaussian(8e-9, 3e-11), 1e-12),
    "burst": (burst(6e-9, 1e-9, 2e10), 1e-12),
    "two": (lambda t: rectangle(1e-9, 1e-10)(t) + 0.01 * rectangle(7e-9, 1e-10)(t), 1e-12),
    "sine": (lambda t: 1 + np.sin(2 * np.pi * 3e9 * t), 1e-12),
    "last moment": (rectangle(9.95e-9, 1e-10), 1e-12),
}


@pytest.mark.parametrize("name", PULSES)
@pytest.mark.parametrize("n", [1, 7])
def test_precession_by_the_area_of_a_late_pulse(name, n):
    # Without damping a field along z turns m by gamma0 times its integral, whatever its shape.
    function, dt = PULSES[name]
    end = 1e-8
    strength = 2.0 / (GAMMA * area(function, end, dt))
    system = spin()
    system.energy += mm.Zeeman(name="pulse", H=(0, 0, strength), func=function, dt=dt)
    llg.drive_batch([system], t=end, n=n, seeds=[0])
    assert azimuth(system) == pytest.approx(2.0, abs=1e-3)


def test_a_matrix_and_two_terms_are_seen():
    turn = rectangle(7e-9, 1e-10)
    system = spin()
    strength = 1.0 / (GAMMA * 1e-10)
    system.energy += mm.Zeeman(
        name="matrix",
        H=(strength, 0, 0),
        func=lambda t: [0, 0, 0, 0, 0, 0, turn(t), 0, 0],
        dt=1e-12,
    )
    system.energy += mm.Zeeman(
        name="later", H=(0, 0, strength), func=rectangle(9e-9, 1e-10), dt=1e-12
    )
    llg.drive_batch([system], t=1e-8, n=1, seeds=[0])
    assert azimuth(system) == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize("form", ["sin", "sinc"])
def test_a_sine_wave_is_followed(form):
    # A weak field at the end of which the phase counts: the integral of sin is (1 - cos) / omega.
    f, end = 2e9, 1.025e-8
    omega = 2 * np.pi * f
    if form == "sin":
        integral, start = (1 - np.cos(omega * end)) / omega, 0.0
    else:
        # 1 / omega times the sine integral from -Si(x) to Si(y); Si(inf) = pi / 2.
        start = 7e-9
        times = np.linspace(0, end, 2_000_001)
        integral = np.trapezoid(np.sinc(2 * f * (times - start)), times)
    strength = 1.0 / (GAMMA * integral)
    system = spin()
    system.energy += mm.Zeeman(name="wave", H=(0, 0, strength), func=form, f=f, t0=start)
    llg.drive_batch([system], t=end, n=1, seeds=[0])
    assert azimuth(system) == pytest.approx(1.0, abs=1e-3)


def test_late_slonczewski_pulse_switches():
    # 1.5 times the field that holds m in the well pushes it over; see test_slonczewski for the
    # threshold. Without the pulse m stays at +z.
    dynamics = mm.Precession(gamma0=GAMMA) + mm.Damping(alpha=0.3)
    ends = []
    for begin in (2.6e-8, 2e-7):
        system = spin(
            dynamics
            + mm.Slonczewski(
                J=1e13,
                mp=(0.1, 0, -1),
                P=0.5,
                Lambda=1,
                eps_prime=0,
                func=rectangle(begin, 2e-9),
                dt=1e-11,
            )
        )
        system.m = df.Field(system.m.mesh, nvdim=3, value=(0, 0, 1), norm=8e5)
        system.energy += mm.UniaxialAnisotropy(K=1e5, u=(0, 0, 1))
        llg.drive_batch([system], t=1e-7, n=1, seeds=[0])
        ends.append(system.m.orientation.array[0, 0, 0, 2])
    assert ends == pytest.approx([-1, 1], abs=1e-3)


def test_late_zhang_li_pulse_moves_a_wall():
    # With beta = alpha the current carries a wall along at u: 200 m/s for 0.2 ns are 40 nm.
    cell, cells, alpha = 2e-9, 120, 0.1
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * cell, cell, cell), n=(cells, 1, 1))
    system = mm.System(name="strip")
    system.energy = mm.Exchange(A=1.3e-11) + mm.UniaxialAnisotropy(K=4e5, u=(0, 0, 1))
    system.m = df.Field(
        mesh, nvdim=3, value=lambda p: (0, 0.1, 1) if p[0] < 8e-8 else (0, 0.1, -1), norm=8e5
    )
    llg.relax_batch([system])
    before = system.m.orientation.array[..., 2].sum()
    system.dynamics = (
        mm.Precession(gamma0=GAMMA)
        + mm.Damping(alpha=alpha)
        + mm.ZhangLi(u=200.0, beta=alpha, func=rectangle(7e-9, 2e-10), dt=1e-12)
    )
    llg.drive_batch([system], t=1e-8, n=1, seeds=[0])
    moved = (system.m.orientation.array[..., 2].sum() - before) / 2 * cell
    assert moved == pytest.approx(4e-8, rel=0.03)


def test_a_long_rest_costs_no_steps(monkeypatch):
    steps = 0

    def counted(*arguments):
        nonlocal steps
        steps += 1
        return one_step(*arguments)

    one_step = evolution.adaptive_runge_kutta
    monkeypatch.setattr(evolution, "STEPS", 1)
    monkeypatch.setattr(evolution, "adaptive_runge_kutta", counted)
    system = spin()
    system.energy += mm.Zeeman(name="pulse", H=(0, 0, 1e4), func=rectangle(5e-8, 1e-10), dt=1e-12)
    llg.drive_batch([system], t=1e-7, n=1, seeds=[0])
    # 100 000 samples, most of them alike.
    assert steps < 100


@pytest.mark.parametrize("name", ["rectangle", "spike", "triangle", "burst", "sine"])
@pytest.mark.parametrize("shift", [0.0, 0.5e-12, 0.9e-12])
def test_thermal_steps_longer_than_a_pulse_keep_its_area(name, shift):
    function, dt = PULSES[name]
    end = 1e-8
    strength = 0.3 / (GAMMA * area(lambda t: function(t - shift), end, dt))
    # So cold that the noise turns nothing.
    system = spin(mm.Precession(gamma0=GAMMA) + mm.Damping(alpha=1e-9), temperature=1e-9)
    system.energy += mm.Zeeman(
        name="pulse", H=(0, 0, strength), func=lambda t: function(t - shift), dt=dt
    )
    llg.drive_batch([system], t=end, n=2, seeds=[0], time_step=5e-12)
    assert azimuth(system) == pytest.approx(0.3, abs=3e-4)


def test_a_thermal_step_too_long_for_a_sine_is_refused():
    system = spin(mm.Precession(gamma0=GAMMA) + mm.Damping(alpha=0.1), temperature=1.0)
    system.energy += mm.Zeeman(name="wave", H=(0, 0, 1e3), func="sin", f=1e12, t0=0)
    with pytest.raises(ValueError, match="1e\\+12 Hz needs a time_step of 1.59e-13 s"):
        llg.drive_batch([system], t=1e-11, n=1, seeds=[0], time_step=1e-12)
    llg.drive_batch([system], t=1e-12, n=1, seeds=[0], time_step=1e-13)


@pytest.mark.parametrize("most_samples", [100_000, 100])
def test_short_pulses_of_heat_are_felt(most_samples, monkeypatch):
    # <m_z> of free spins decays by exp(-integral of T / T_0 over time, in TAU_N), Brown's equation
    # for l = 1. The pulses are shorter than a step, or than the spacing of the samples.
    monkeypatch.setattr(system_module, "MOST_SAMPLES", most_samples)
    magnetisation, edge, alpha, temperature, cells = 1e6, 2e-9, 0.5, 300.0, 96
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * edge, cells * edge, edge), n=(cells, cells, 1))
    system = mm.System(name="spins", energy=mm.Zeeman(H=(0, 0, 0)), T=temperature)
    system.m = df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=magnetisation)
    system.dynamics = mm.Precession(gamma0=GAMMA) + mm.Damping(alpha=alpha)
    thermal_time = (
        MU0
        * magnetisation
        * edge**3
        * (1 + alpha**2)
        / (2 * alpha * GAMMA * BOLTZMANN * temperature)
    )
    end, step = 5e-11, 1e-12
    height = 0.7 * thermal_time / (50 * 2e-13)

    def heat(t):
        return height if 0.05e-12 <= t % step < 0.25e-12 else 0.0

    llg.drive_batch([system], t=end, n=1, seeds=[1], time_step=step, temperature_in_time=[heat])
    m_z = system.m.orientation.array[..., 2]
    assert m_z.mean() == pytest.approx(np.exp(-0.7), abs=4 * m_z.std() / cells)
