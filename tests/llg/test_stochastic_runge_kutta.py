from functools import partial

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg

# float32 is enough for ensembles, and what sweeps run in.
drive = partial(llg.drive_batch, dtype="float32")

BOLTZMANN, MU0 = 1.380649e-23, 4e-7 * np.pi
MS, T, ALPHA = 1e6, 300.0, 0.5
EDGE = 2e-9
VOLUME = EDGE**3
# Free diffusion time; everything below is given in it.
TAU_N = VOLUME * MS * (1 + ALPHA**2) / (2 * ALPHA * mm.consts.gamma * BOLTZMANN * T)


def ensemble(name, start, energy, cells=64):
    """A square of macrospins that do not interact."""
    size = cells * EDGE
    mesh = df.Mesh(p1=(0, 0, 0), p2=(size, size, EDGE), n=(cells, cells, 1))
    system = mm.System(name=name, energy=energy, T=T)
    system.m = df.Field(mesh, nvdim=3, value=start, norm=MS)
    system.dynamics = mm.Precession(gamma0=mm.consts.gamma0) + mm.Damping(alpha=ALPHA)
    return system


def blocks(values):
    """Average and its statistical error over independent cells."""
    return values.mean(), values.std(ddof=1) / np.sqrt(values.size)


@pytest.mark.parametrize(("xi", "expected"), [(1, 0.31304), (3, 0.67164), (10, 0.90000)])
def test_langevin(xi, expected):
    field = xi * BOLTZMANN * T / (MU0 * MS * VOLUME)
    system = ensemble("langevin", (0, 0, 1), mm.Zeeman(H=(0, 0, field)))
    # The slowest mode decays at 1 / TAU_N or faster: 5 TAU_N leave less than 1 %, of which
    # the start's excess over the mean makes less than the statistical error.
    samples = []
    for seed in range(4):
        result = drive([system], t=6 * TAU_N, n=1, seeds=[seed], time_step=TAU_N / 300)
        samples.append(result.m[0, ..., 2].ravel())
    mean, error = blocks(np.concatenate(samples))
    assert abs(mean - expected) < 3 * error
    assert error < 0.006


@pytest.mark.parametrize(("sigma", "expected"), [(2, 0.53127), (5, 0.76428)])
def test_uniaxial_equilibrium(sigma, expected):
    constant = sigma * BOLTZMANN * T / VOLUME
    energy = mm.UniaxialAnisotropy(K=constant, u=(0, 0, 1))
    system = ensemble("uniaxial", (0, 0, 1), energy)
    samples = []
    for seed in range(4):
        result = drive([system], t=4 * TAU_N, n=1, seeds=[seed], time_step=TAU_N / 300)
        samples.append(result.m[0, ..., 2].ravel() ** 2)
    mean, error = blocks(np.concatenate(samples))
    assert abs(mean - expected) < 3 * error
    assert error < 0.003


@pytest.mark.parametrize(
    ("sigma", "rate", "batch", "steps", "early"),
    [
        pytest.param(1, 0.6531, 16, 200, 1, marks=pytest.mark.slow),
        (2, 0.4038, 6, 200, 0),
        (5, 0.06770, 6, 200, 0),
        pytest.param(10, 1.441e-3, 6, 80, 0, marks=pytest.mark.slow),
    ],
)
def test_neel_brown_rate(sigma, rate, batch, steps, early):
    # <m_z> of an ensemble that starts in one well decays as exp(-lambda_1 t) once the
    # faster modes are gone. The initial state has some of them, so the rate is taken between
    # two late times.
    constant = sigma * BOLTZMANN * T / VOLUME
    energy = mm.UniaxialAnisotropy(K=constant, u=(0, 0, 1))
    cells = 144
    systems = [ensemble(f"well{i}", (0, 0, 1), energy, cells) for i in range(batch)]
    seeds = [1000 + i for i in range(batch)]
    t = 1.6 / rate * TAU_N
    result = drive(systems, t=t, n=4, seeds=seeds, time_step=TAU_N / steps)
    mean = result.mean_m[:, :, 2].mean(axis=0)
    between = (result.time[3] - result.time[early]) / TAU_N
    measured = np.log(mean[early] / mean[3]) / between
    # Variance of ln(early / late), cells independent and both averages correlated by the decay:
    # var = (<m_z^2> / N) (1 / late^2 - 1 / early^2) at most.
    error = np.sqrt((1 / mean[3] ** 2 - 1 / mean[early] ** 2) / (batch * cells**2)) / between
    print(f"sigma {sigma}: {measured:.5g} +- {error:.2g}, expected {rate}")
    assert error / rate < 0.0135
    assert measured == pytest.approx(rate, rel=0.03)


def test_temperature_in_space_and_time():
    # Langevin function at T = 600 K * 0.5 * f, f = 1/2 on one half and 1 on the other; it has
    # been twice as hot before.
    field = 3 * BOLTZMANN * 300 / (MU0 * MS * VOLUME)
    system = ensemble("halves", (0, 0, 1), mm.Zeeman(H=(0, 0, field)), cells=96)
    system.T = 600
    middle = 48 * EDGE
    halves = df.Field(system.m.mesh, nvdim=1, value=lambda p: 0.5 if p[0] < middle else 1.0)
    t = 8 * TAU_N
    result = drive(
        [system],
        t=t,
        n=1,
        seeds=[4],
        time_step=TAU_N / 400,
        temperature_in_space=[halves],
        temperature_in_time=[lambda time: 1.0 if time < t / 4 else 0.5],
    )
    mz = result.m[0, :, :, 0, 2].astype(float)
    for half, xi in ((mz[:48], 6), (mz[48:], 3)):
        mean, error = blocks(half)
        assert abs(mean - (1 / np.tanh(xi) - 1 / xi)) < 3 * error
        assert error < 0.006


def test_outputs_do_not_change_a_thermal_drive():
    ends = []
    for n in (1, 8):
        system = ensemble("film", (0, 0, 1), mm.Exchange(A=1e-11) + mm.Demag(), cells=12)
        ends.append(drive([system], t=4e-12, n=n, seeds=[3], time_step=1e-13).m)
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"temperature_in_time": [lambda time: -1.0]}, "temperature_in_time"),
        (
            {
                "temperature_in_space": [
                    df.Field(df.Mesh(p1=(0, 0, 0), p2=(1, 1, 1), n=(2, 2, 2)), nvdim=1, value=1)
                ]
            },
            "temperature_in_space",
        ),
    ],
)
def test_wrong_temperature_factor_is_named(factors, message):
    system = ensemble("film", (0, 0, 1), mm.Exchange(A=1e-11), cells=4)
    with pytest.raises(ValueError, match=message):
        drive([system], t=1e-12, n=1, seeds=[3], **factors)
