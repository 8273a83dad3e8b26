import math

import numba
import numpy as np
import pytest

from afterpulse.device.macrospin_rates import Macrospin, Torque

DAMPING = 0.15


@pytest.fixture(scope="module")
def macrospin():
    return Macrospin(DAMPING)


@pytest.mark.parametrize(
    ("sigma", "eigenvalue"), [(1, 0.6531), (2, 0.4038), (5, 0.06770), (10, 1.441e-3)]
)
def test_rates_without_torque_are_browns(macrospin, sigma, eigenvalue):
    # lambda_1 tau_N of Brown's equation, with tau_N = sigma (1 + alpha²)/(alpha gamma B_K).
    up, down = macrospin.rates(sigma, Torque(0.0))
    relaxation = sigma * (1 + DAMPING**2) / DAMPING
    assert up == pytest.approx(down)
    assert (up + down) * relaxation == pytest.approx(eigenvalue, rel=1e-3)


@pytest.mark.parametrize("field", [-0.3, 0.1, 0.5])
def test_field_along_z_gives_boltzmann_populations(macrospin, field):
    # Of the hemispheres, with the density exp(sigma (x² + 2 h x)) of x = m_z.
    sigma, x = 6.0, np.linspace(0, 1, 20001)
    above, below = (
        np.trapezoid(np.exp(sigma * (x**2 - 1 + sign * 2 * field * x)), x) for sign in (1, -1)
    )
    up, down = macrospin.rates(sigma, Torque(0.0, 0.0, field))
    assert down / up == pytest.approx(above / below, rel=1e-3)


@pytest.mark.parametrize("torque", [(0.4, 0.1, 0.2), (0.7, -0.2, -0.1), (1.2, 0.3, 0.0)])
def test_half_turns_exchange_the_wells(macrospin, torque):
    current, along_x, along_z = torque
    up, down = macrospin.rates(5.0, Torque(current, along_x, along_z, 0.3))
    about_z = macrospin.rates(5.0, Torque(-current, -along_x, along_z, 0.3))
    np.testing.assert_allclose(about_z, (up, down), rtol=1e-4)
    for turned in ((current, -along_x, -along_z), (-current, along_x, -along_z)):
        about_y_or_x = macrospin.rates(5.0, Torque(*turned, 0.3))
        np.testing.assert_allclose(about_y_or_x, (down, up), rtol=1e-4)


@numba.njit(fastmath=True)
def fractions_up(count, barrier, torque, start, times, random):
    """Part of macrospins with m_z > 0 at rising times (1/(gamma B_K)), by Heun's method."""
    step = 0.04
    current, along_x, along_z, field_like = torque
    # <B_i B_i> = 2 alpha k_BT/(gamma M_s V) with k_BT/(M_s V) = B_K/(2 sigma).
    noise = math.sqrt(DAMPING / (barrier * step))
    found = np.zeros(times.size)
    for _ in range(count):
        x, y, z = 0.0, 0.0, start
        time, place = 0.0, 0
        while place < times.size:
            bx = along_x + noise * random.standard_normal()
            by = field_like * current / 2 + noise * random.standard_normal()
            bz = along_z + noise * random.standard_normal()
            px, py, pz = x, y, z
            ax = ay = az = 0.0
            for stage in range(2):
                # The field of the damping-like torque is m x y.
                fx, fy, fz = bx - current / 2 * pz, by, bz + pz + current / 2 * px
                cx, cy, cz = py * fz - pz * fy, pz * fx - px * fz, px * fy - py * fx
                dx = -(cx + DAMPING * (py * cz - pz * cy)) / (1 + DAMPING**2)
                dy = -(cy + DAMPING * (pz * cx - px * cz)) / (1 + DAMPING**2)
                dz = -(cz + DAMPING * (px * cy - py * cx)) / (1 + DAMPING**2)
                if stage == 0:
                    ax, ay, az = dx, dy, dz
                    px, py, pz = x + step * dx, y + step * dy, z + step * dz
            x += step * (ax + dx) / 2
            y += step * (ay + dy) / 2
            z += step * (az + dz) / 2
            size = math.sqrt(x * x + y * y + z * z)
            x, y, z = x / size, y / size, z / size
            time += step
            if time >= times[place]:
                found[place] += z > 0
                place += 1
    return found / count


@pytest.mark.parametrize("torque", [(0.2, -0.1, 0.0, 0.0), (0.5, -0.1, 0.0, 0.0), (0.4, 0, 0.1, 1)])
def test_stochastic_macrospins_follow_the_rates(macrospin, torque):
    # From both wells the fractions approach one value; their difference decays at up + down.
    barrier, count = 5.0, 3000
    up, down = macrospin.rates(barrier, Torque(*torque))
    times = np.array([0.4, 1.2, 4.0]) / (up + down)
    from_up, from_down = (
        fractions_up(count, barrier, np.array(torque), start, times, np.random.default_rng(1))
        for start in (1.0, -1.0)
    )
    difference = from_up - from_down
    error = np.sqrt((from_up * (1 - from_up) + from_down * (1 - from_down)) / count)
    decay = np.log(difference[0] / difference[1]) / 0.8
    assert decay == pytest.approx(1.0, abs=3 * np.hypot(*(error / difference)[:2]) / 0.8)
    # A fraction exp(-4) of the difference is left, up / (up + down) of it above the stationary
    # value after the start in the upper well, the rest below it.
    expected = down / (up + down)
    middle = expected * from_up[2] + (1 - expected) * from_down[2]
    assert middle == pytest.approx(expected, abs=3 * np.sqrt(expected * (1 - expected) / count))
