"""Known answers: certified values, degrees of freedom, coverage and choice on made traces."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

from afterpulse.decay import MODELS, PARAMETERS
from afterpulse.decay.bins import binned
from afterpulse.decay.choice import chosen_model
from afterpulse.decay.fit import MeanTrace, criteria, fit_model
from afterpulse.decay.intervals import degrees_of_freedom, describe, interval, understatement
from afterpulse.decay.scatter import Scatter, covariance, scatter_of_replicates
from afterpulse.decay.sweep import scatter_of_one

DELAY = np.geomspace(0.5, 20.0, 21)
PROBES = (0.1, 0.5, 2.0)
TRUTH = {
    "no_decay": {"offset": -5.0},
    "single_exponential": {"amplitude": -3.0, "time_constant": 4.0, "offset": -2.0},
    "stretched_exponential": {
        "amplitude": -4.0,
        "time_constant": 3.0,
        "exponent": 0.5,
        "offset": -1.0,
    },
    "double_exponential": {
        "amplitude": -3.0,
        "time_constant": 0.6,
        "slow_amplitude": -3.0,
        "slow_time_constant": 8.0,
        "offset": -1.0,
    },
    "logarithmic": {"level": -5.0, "slope": -0.8},
    "power_law": {"amplitude": -4.0, "exponent": 1.0, "offset": -1.0},
    "fatuzzo_labrune": {"amplitude": -4.0, "time_constant": 8.0, "growth": 6.0, "offset": -1.0},
}
REPLICATES = 8
LEVELS = (0.683, 0.95)


def independent(points, deviation):
    """Scatter of points whose errors are known and independent."""
    none = np.zeros((0, points, points))
    return Scatter(
        deviation**2 * np.eye(points), none, np.zeros((0, 0)), 0.0, deviation, 0.0, 1.0, 0.0
    )


def curve(name, delay):
    """Return the change by the definition of the model, counted from the end of the pulse."""
    truth = TRUTH[name]
    amplitude, offset = truth.get("amplitude", 0.0), truth.get("offset", 0.0)
    constant = truth.get("time_constant", 1.0)
    if name == "stretched_exponential":
        return offset + amplitude * np.exp(-((delay / constant) ** truth["exponent"]))
    if name == "double_exponential":
        slow = truth["slow_amplitude"] * np.exp(-delay / truth["slow_time_constant"])
        return offset + amplitude * np.exp(-delay / constant) + slow
    if name == "logarithmic":
        return truth["level"] - truth["slope"] * np.log(delay)
    if name == "power_law":
        return offset + amplitude * delay ** -truth["exponent"]
    if name == "fatuzzo_labrune":
        x, k = delay / constant, truth["growth"]
        area = k**2 * (x**2 - 2 * x + 2 - 2 * np.exp(-x)) + 2 * k * (x - 1 + np.exp(-x)) + x
        return offset + amplitude * np.exp(-area)
    return offset + amplitude * np.exp(-delay / constant)


def test_double_exponential_gives_the_certified_values_of_nist_mgh17():
    # NIST StRD nonlinear regression, MGH17: y = b1 + b2 exp(-x b4) + b3 exp(-x b5).
    # fmt: off
    y = np.array([
        0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751,
        0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490,
        0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406,
    ])
    # fmt: on
    x = 10.0 * np.arange(33)
    residual_deviation = 1.3970497866e-03
    scatter = independent(x.size, residual_deviation)
    # All delays are above zero.
    fit = fit_model("double_exponential", MeanTrace(x + 1e-6, y, scatter))
    found = describe(fit, 0.95)
    b1, b2, b3 = 0.37541005211, 1.9358469127, -1.4646871366
    b4, b5 = 0.012867534640, 0.022122699662
    # The faster exponential comes first.
    expected = dict.fromkeys(PARAMETERS, np.nan)
    expected |= {"offset": b1, "slow_amplitude": b2, "amplitude": b3}
    expected |= {"slow_time_constant": 1 / b4, "time_constant": 1 / b5}
    np.testing.assert_allclose(found.value, list(expected.values()), rtol=1e-3)
    deviation = dict.fromkeys(PARAMETERS, np.nan)
    deviation |= {"offset": 2.0723153551e-03, "slow_amplitude": 0.22031669222}
    deviation |= {"amplitude": 0.22175707739, "slow_time_constant": 4.4861358114e-04 / b4**2}
    deviation |= {"time_constant": 8.9471996575e-04 / b5**2}
    np.testing.assert_allclose(found.stderr, list(deviation.values()), rtol=1e-2)
    # Certified residual sum of squares 5.4648946975e-05 with 28 degrees of freedom.
    assert fit.chi_square == pytest.approx(28, rel=1e-5)


def unequal(variances, degrees):
    """Scatter of independent points, each with a variance known with some degrees of freedom."""
    own = np.array([np.diag(one) for one in np.eye(len(variances))])
    spread = np.diag(2 * variances**2 / degrees)
    return Scatter(np.diag(variances), own, spread, 0.0, 1.0, 0.0, 1.0, 0.0)


def test_degrees_of_freedom_of_a_mean_with_estimated_variance():
    # Mean of n points whose common variance v is known to 2 v^2 / f: f degrees of freedom.
    n, variance, f = 5, 3.0, 7
    scatter = independent(n, np.sqrt(variance))._replace(
        derivatives=np.eye(n)[None], parameter_covariance=np.array([[2 * variance**2 / f]])
    )
    assert degrees_of_freedom(np.full(n, 1 / n), scatter) == pytest.approx(f)


def test_variance_of_a_weighted_mean_is_understated_by_meiers_factor():
    # Meier, Biometrics 9, 59 (1953): 1 + 4 sum of share (1 - share) / degrees of freedom.
    variances, degrees = np.array([1.0, 2.0, 5.0]), np.array([4, 9, 20])
    share = 1 / variances / np.sum(1 / variances)
    whiten = np.diag(variances**-0.5)
    found = understatement(share, whiten, whiten @ np.ones((3, 1)), unequal(variances, degrees))
    assert found == pytest.approx(1 + 4 * np.sum(share * (1 - share) / degrees))


def test_quantity_that_no_point_bears_on_is_not_understated():
    scatter = unequal(np.array([1.0, 2.0]), np.array([4, 9]))
    assert understatement(np.zeros(2), np.eye(2), np.ones((2, 1)), scatter) == 1


@pytest.mark.parametrize("name", MODELS)
def test_a_fit_recovers_the_parameters_of_its_own_model(name):
    noise = 0.01 * np.random.default_rng(1).standard_normal((64, DELAY.size))
    change = curve(name, DELAY) + noise
    scatter = scatter_of_replicates(DELAY, change)
    fit = fit_model(name, MeanTrace(DELAY, change.mean(axis=0), scatter, 64))
    found = describe(fit, 0.997)
    expected = np.array([TRUTH[name].get(parameter, np.nan) for parameter in PARAMETERS])
    held = ~np.isnan(expected)
    assert found.remark == ""
    np.testing.assert_array_equal(np.isnan(found.value), ~held)
    assert (abs(found.value - expected) < 4 * found.stderr)[held].all()
    assert ((found.interval[:, 0] < expected) & (expected < found.interval[:, 1]))[held].all()


def test_half_measured_decay_is_not_given_a_time_constant():
    # A trace of 0.4 s of an exponential of 4 s: a longer one above a lower offset fits as well.
    delay = np.geomspace(0.5, 0.9, 21)
    noise = 0.02 * np.random.default_rng(2).standard_normal((8, delay.size))
    change = curve("single_exponential", delay) + noise
    scatter = scatter_of_replicates(delay, change)
    trace = MeanTrace(delay, change.mean(axis=0), scatter, 8)
    found = describe(fit_model("single_exponential", trace), 0.95)
    place = list(PARAMETERS).index("time_constant")
    assert np.isnan(found.value[place])
    assert np.isposinf(found.interval[place, 1])
    assert "time_constant" in found.remark
    assert np.isposinf(found.retention_time)


def made(name, deviation, probe, seed):
    """Whether each interval of the true model holds the truth, and which model is chosen."""
    delay = np.geomspace(probe, 20.0, 21)
    scatter = np.array([np.log(max(deviation, 1e-9)), np.log(0.05), np.log(3.0), 0.0, deviation**2])
    factor = np.linalg.cholesky(covariance(np.log(delay), scatter))
    generator = np.random.default_rng([seed, list(MODELS).index(name)])
    noise = generator.standard_normal((REPLICATES, delay.size)) @ factor.T
    change = curve(name, delay) + noise
    found = scatter_of_replicates(delay, change)
    trace = MeanTrace(delay, change.mean(axis=0), found, REPLICATES)
    fits = {model: fit_model(model, trace) for model in MODELS}
    held = []
    for level in LEVELS:
        ends = dict(zip(PARAMETERS, describe(fits[name], level).interval, strict=True))
        held.append([ends[each][0] <= true <= ends[each][1] for each, true in TRUTH[name].items()])
    criterion = {model: criteria(fit)[0] for model, fit in fits.items() if not isinstance(fit, str)}
    return held, chosen_model(criterion)


@pytest.mark.parametrize("probe", PROBES)
def test_stretched_exponential_counts_from_the_pulse(probe):
    # 8 traces per probe: with 95 % coverage fewer than 6 intervals hold once in 170 times.
    results = [made("stretched_exponential", 0.0, probe, seed) for seed in range(8)]
    held = np.array([each[0][1] for each in results])
    assert (held.sum(axis=0) >= 6).all()
    chosen = [model for _, model in results]
    # A late and noisy trace does not exclude simpler models.
    assert chosen.count("double_exponential") <= 2
    if probe < 2:
        assert chosen.count("stretched_exponential") >= 6


@pytest.mark.slow
@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("deviation", [0.0, 0.05])
@pytest.mark.parametrize("name", MODELS)
def test_choice_and_coverage_on_many_traces(name, deviation, probe, capsys):
    # Independent from fork: JAX's threads may be alive in this process.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        results = list(pool.map(partial(made, name, deviation, probe), range(300), chunksize=25))
    chosen = [each[1] for each in results]
    decided = [model for model in chosen if model]
    covered = np.mean([each[0] for each in results], axis=0)
    with capsys.disabled():
        print(
            f"\n{name}, correlated {deviation:g}, probe {probe:g} s: "
            f"decided {len(decided) / len(chosen):.3f}, "
            f"right {np.mean([model == name for model in decided]):.3f}, "
            f"covered {np.round(covered, 3).tolist()}"
        )
    if probe < 2:
        assert len(decided) > 150
        assert np.mean([model == name for model in decided]) >= 0.9
    for level, fractions in zip(LEVELS, covered, strict=True):
        error = np.sqrt(level * (1 - level) / len(results))
        assert (abs(fractions - level) < 0.03 + 2 * error).all()


@pytest.mark.parametrize("name", [model for model in MODELS if model != "no_decay"])
def test_late_probe_and_a_short_time_constant_do_not_overflow(name):
    # Nothing of a decay of 10 ms is left after 100 s: the trace is constant.
    delay = np.geomspace(100.0, 120.0, 21)
    noise = 0.01 * np.random.default_rng(4).standard_normal((8, delay.size))
    change = 1.0 + 20.0 * np.exp(-delay / 1e-2) + noise
    trace = MeanTrace(delay, change.mean(axis=0), scatter_of_replicates(delay, change), 8)
    with np.errstate(over="raise", invalid="raise"):
        fit = fit_model(name, trace)
        if isinstance(fit, str):
            assert fit == "the least squares did not converge"
            return
        found = dict(zip(PARAMETERS, describe(fit, 0.95).interval, strict=True))
    if "amplitude" in TRUTH[name]:
        assert not np.isfinite(found["amplitude"]).all()


def test_amplitude_of_a_late_trace_is_that_at_the_end_of_the_pulse():
    # At 6 s a decay of 0.5 s has fallen to 6e-6: 20 V from 0.12 mV, as precise as the constant.
    delay = np.linspace(6.0, 9.0, 40)
    noise = 1e-6 * np.random.default_rng(3).standard_normal((8, delay.size))
    change = 1.0 + 20.0 * np.exp(-delay / 0.5) + noise
    trace = MeanTrace(delay, change.mean(axis=0), scatter_of_replicates(delay, change), 8)
    found = describe(fit_model("single_exponential", trace), 0.95)
    low, high = found.interval[list(PARAMETERS).index("amplitude")]
    assert low < 20 < high < 1.5 * low


@pytest.mark.slow
@pytest.mark.parametrize("samples", [200, 2000, 20_000])
def test_coverage_on_single_traces_of_many_samples(samples):
    # White noise of 1 % of the change, in bins of 1 to 2000 samples: 150 traces of each length.
    time, traces = np.linspace(0.5, 20.5, samples), 150
    held = np.zeros(len(LEVELS))
    for seed in range(traces):
        noise = 0.1 * np.random.default_rng([9, samples, seed]).standard_normal(samples)
        change = -2 - 10 * np.exp(-time / 3) + noise
        delay, mean, _, spread = binned(time, change[None])
        trace = MeanTrace(delay, mean[0], scatter_of_one(time, change[None]), 1, spread)
        fit = fit_model("single_exponential", trace)
        ends = np.exp([interval(fit, lambda values: values[1], level) for level in LEVELS])
        held += (ends[:, 0] < 3.0) & (3.0 < ends[:, 1])
    for level, fraction in zip(LEVELS, held / traces, strict=True):
        error = np.sqrt(level * (1 - level) / traces)
        assert fraction == pytest.approx(level, abs=0.03 + 2 * error)
