import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.timeline import reduction

CRITICAL = 0.01
WAIT = np.array([1e-8, 1e-6, 1e-3, 0.5])


def m_z(amplitude, replicate, pulse, delay):
    """Made up, different for every place."""
    return 1000 * amplitude + 10 * replicate + pulse + delay


def chunk_of(points, spacing=1.0):
    """Trajectories of (amplitudes, width, replicate, mechanism_set)."""
    made = []
    for amplitudes, width, replicate, mechanism_set in points:
        rows = [("start", -1, 0.0, 0.0, m_z(0, replicate, -1, 0.0))]
        for pulse, amplitude in enumerate(amplitudes):
            start = pulse * spacing
            for inside in (1e-9, width):
                rows.append(("plateau", pulse, start + inside, inside - width, np.nan))
            wait = [*WAIT, spacing - width]
            for delay in wait:
                value = m_z(amplitude, replicate, pulse, delay)
                rows.append(("wait", pulse, start + width + delay, delay, value))
        stage, pulse, time, delay, value = zip(*rows, strict=True)
        value = np.array(value)
        made.append(
            xr.Dataset(
                {
                    "stage": ("step", np.array(stage)),
                    "pulse": ("step", np.array(pulse)),
                    "time": ("step", np.array(time)),
                    "delay": ("step", np.array(delay)),
                    "current": ("step", np.where(np.array(stage) == "plateau", 1e-3, 0.0)),
                    "magnetisation_z": ("step", value),
                    "anomalous_hall_voltage": ("step", 2 * value),
                    "temperature": ("step", 3 * value),
                    "grain_order": ("step", 4 * value),
                    "exchange_bias_field": ("step", 5 * value),
                    "flicker_error": ("step", 6 * value),
                    "pulse_amplitude": ("pulse_number", np.array(amplitudes)),
                    "pulse_width": ("pulse_number", np.full(len(amplitudes), width)),
                    "pulse_current_density": ("pulse_number", 1e14 * np.array(amplitudes)),
                    "sample": ((), 0),
                    "replicate": ((), replicate),
                    "mechanism_set": ((), mechanism_set),
                    "seed": ((), 100 + replicate),
                }
            )
        )
    return xr.concat(made, dim="point")


def test_loops_of_single_pulses_find_their_places():
    chunk = chunk_of([((0.008,), 1e-3, 1, "card"), ((0.002,), 1e-3, 1, "card")])
    loops = [[0.01, 0.02], [0.01, 0.04]]
    chunk = chunk.assign(
        loop_exchange_bias=(("point", "loop"), loops),
        loop_coercivity=(("point", "loop"), np.array(loops) * 2),
    ).assign_coords(loop=["before", "after"])
    sweep = reduction.sweep_dataset([chunk], CRITICAL)
    at = {"pulse_width": 1e-3, "replicate": 1, "loop": "after"}
    found = sweep["loop_exchange_bias"].squeeze("mechanism_set").sel(at)
    np.testing.assert_array_equal(found.sel(pulse_amplitude=[0.002, 0.008]), [0.04, 0.02])
    np.testing.assert_array_equal(sweep["loop_coercivity"], 2 * sweep["loop_exchange_bias"])


def test_replicates_of_several_samples_stand_in_one_row():
    chunks = []
    for sample in (1, 0):
        chunk = chunk_of([((0.008,), 1e-3, replicate, "card") for replicate in (1, 0)])
        chunk = chunk.assign(magnetisation_z=chunk["magnetisation_z"] + 5000 * sample)
        chunks.append(chunk.assign(sample=("point", [sample, sample])))
    for dataset in (
        reduction.sweep_dataset(chunks, CRITICAL),
        reduction.train_dataset(chunks),
    ):
        np.testing.assert_array_equal(dataset["replicate"], [0, 1, 2, 3])
        np.testing.assert_array_equal(dataset["sample"], [0, 0, 1, 1])
        first, second = (dataset.isel(replicate=dataset["sample"] == each) for each in (0, 1))
        np.testing.assert_allclose(
            second["magnetisation_z"].values, first["magnetisation_z"].values + 5000
        )
        means = datasets.sample_means(dataset)
        assert means.sizes["replicate"] == 2
        np.testing.assert_allclose(
            means["magnetisation_z"].isel(replicate=1), second["magnetisation_z"].mean("replicate")
        )


def test_error_of_the_mean_contains_the_spread_between_samples():
    # Sample effects of variance 4 and repeats of variance 1: the mean over 5 samples with 8
    # replicates each has the variance (4 + 1/8)/5, by the analysis of variance.
    samples, replicates, trials = 5, 8, 4000
    random = np.random.default_rng(3)
    values = 2 * random.standard_normal((trials, samples, 1))
    values = values + random.standard_normal((trials, samples, replicates))
    array = xr.DataArray(
        values.reshape(trials, -1),
        dims=("trial", "replicate"),
        coords={"sample": ("replicate", np.repeat(np.arange(samples), replicates))},
    )
    means = datasets.sample_means(array)
    variance = (means.var("replicate", ddof=1) / samples).mean("trial").item()
    expected = (4 + 1 / replicates) / samples
    # A variance from 4 degrees of freedom scatters by sqrt(2/4); four standard errors.
    assert variance == pytest.approx(expected, rel=4 * np.sqrt(2 / 4 / trials))
    one_sample = array.isel(replicate=slice(0, replicates))
    assert datasets.sample_means(one_sample) is one_sample


def test_single_pulses_find_their_places():
    # Not sorted, two chunks.
    first = chunk_of([((0.008,), 1e-3, 1, "card"), ((0.002,), 1e-3, 0, "card")])
    second = chunk_of([((0.002,), 1e-3, 1, "card"), ((0.008,), 1e-3, 0, "card")])
    sweep = reduction.sweep_dataset([first, second], CRITICAL)
    assert dict(sweep.sizes) == {
        "mechanism_set": 1,
        "pulse_amplitude": 2,
        "pulse_width": 1,
        "replicate": 2,
        "delay": 4,
    }
    np.testing.assert_allclose(sweep["pulse_amplitude"], [0.002, 0.008])
    np.testing.assert_allclose(sweep["relative_amplitude"], [0.2, 0.8])
    # 10 ns is earlier than what is kept; the spacing's end is the last.
    np.testing.assert_allclose(sweep["delay"], [1e-6, 1e-3, 0.5, 0.999])
    for amplitude in (0.002, 0.008):
        for replicate in (0, 1):
            place = sweep.sel(
                mechanism_set="card",
                pulse_amplitude=amplitude,
                pulse_width=1e-3,
                replicate=replicate,
            )
            expected = m_z(amplitude, replicate, 0, sweep["delay"].values)
            np.testing.assert_allclose(place["magnetisation_z"], expected)
            np.testing.assert_allclose(place["anomalous_hall_voltage"], 2 * expected)
            np.testing.assert_allclose(place["temperature"], 3 * expected)
            np.testing.assert_allclose(place["grain_order"], 4 * expected)
            np.testing.assert_allclose(place["exchange_bias_field"], 5 * expected)
            np.testing.assert_allclose(place["flicker_error"], 6 * expected)
            before = m_z(0, replicate, -1, 0.0)
            assert place["initial_magnetisation_z"] == pytest.approx(before)
            assert place["initial_voltage"] == pytest.approx(2 * before)
            assert place["seed"] == 100 + replicate
    np.testing.assert_allclose(sweep["current_density"], [2e11, 8e11])


def test_a_walk_starts_each_pulse_where_the_last_one_ended():
    walk = reduction.sweep_dataset([chunk_of([((0.002, 0.005), 1e-3, 0, "card")])], CRITICAL)
    second = walk.sel(pulse_amplitude=0.005).squeeze()
    np.testing.assert_allclose(second["magnetisation_z"], m_z(0.005, 0, 1, walk["delay"].values))
    assert second["initial_magnetisation_z"] == pytest.approx(m_z(0.002, 0, 0, 0.999))


def test_mechanism_sets_stay_in_order():
    sets = ["card", "frozen", "a"]
    compare = reduction.sweep_dataset(
        [chunk_of([((0.002,), 1e-3, 0, name) for name in sets])], CRITICAL
    )
    assert list(compare["mechanism_set"].values) == sets


def train_of(replicates):
    amplitudes = (0.002, 0.004, 0.006)
    return reduction.train_dataset(
        [
            chunk_of([(amplitudes, 1e-3, replicate, name)])
            for name in ("card", "a")
            for replicate in range(replicates)
        ]
    )


def test_train_lies_on_one_clock():
    train = train_of(2)
    assert train["magnetisation_z"].dims == ("mechanism_set", "replicate", "time")
    np.testing.assert_allclose(train["pulse_start"], [0.0, 1.0, 2.0], atol=1e-12)
    np.testing.assert_allclose(train["pulse_end"], [0.001, 1.001, 2.001])
    assert list(train["mechanism_set"].values) == ["card", "a"]
    # Half a second after the second pulse of the second replicate.
    value = train["magnetisation_z"].sel(mechanism_set="a", replicate=1)
    assert value.sel(time=1.501, method="nearest") == pytest.approx(m_z(0.004, 1, 1, 0.5))
    assert train["current"].sel(time=2.001, method="nearest") == 1e-3
    assert train["current"].sel(time=2.5, method="nearest") == 0.0


def test_rows_of_a_train():
    rows = reduction.train_rows(train_of(3), "ltp")
    assert [row["mechanism_set"] for row in rows] == ["card", "a"]
    row = rows[0]
    assert (row["train"], row["pulses"]) == ("ltp", 3)
    assert row["rest_s"] == pytest.approx(0.999)
    # Replicates 0, 1, 2 are 10 apart: mean that of replicate 1, standard error 10/sqrt(3).
    expected = {
        "before": m_z(0, 1, -1, 0.0),
        "after_first": m_z(0.002, 1, 0, 0.999),
        "after_last": m_z(0.006, 1, 2, 0.999),
        "end": m_z(0.006, 1, 2, 0.999),
    }
    for name, value in expected.items():
        assert row[f"m_z_{name}"] == pytest.approx(value), name
        assert row[f"m_z_{name}_error"] == pytest.approx(10 / np.sqrt(3)), name


def test_one_replicate_has_no_error():
    row = reduction.train_rows(train_of(1), "ltp")[0]
    assert np.isnan(row["m_z_end_error"])
    assert row["m_z_end"] == pytest.approx(m_z(0.006, 0, 2, 0.999))
