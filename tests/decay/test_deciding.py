"""Observations that tell hypotheses apart, from trains with known changes and scatter."""

import numpy as np
import pytest
import xarray as xr

from afterpulse.cards.variants import Role
from afterpulse.decay import deciding
from afterpulse.timeline.readings import READING

REPEATS, REST = 4000, 10.0


def train(early, late, scatter, seed, initial=-5e-5):
    """A pulse of 1 ms whose change is `early` at the reading and `late` at the end."""
    noise = scatter * np.random.default_rng(seed).standard_normal((REPEATS, 2))
    change = np.zeros((REPEATS, 4))
    change[:, 2:] = np.array([early, late]) + noise
    voltage = initial * (1 - 2 * change)
    time = [-1e-9, 1e-3, 1e-3 + READING, 1e-3 + REST]
    return xr.Dataset(
        {"anomalous_hall_voltage": (("replicate", "time"), voltage)},
        {"time": time, "pulse_start": ("pulse", [0.0]), "pulse_end": ("pulse", [1e-3])},
    )


def ratio(scatter, value, reference):
    """Scatter of a change over the reference, whose own scatter is 0.03."""
    return np.hypot(scatter, value * 0.03) / reference


@pytest.fixture
def trains():
    made = {
        Role("one", ""): {"pulse": train(0.5, 0.4, 0.03, 1), "other": train(0.1, 0.1, 0.04, 2)},
        Role("one", "warm"): {"pulse": train(0.5, 0.2, 0.03, 3), "other": train(9, 9, 0.0, 4)},
        Role("two", ""): {"pulse": train(0.6, 0.6, 0.03, 5), "other": train(0.5, 0.5, 0.04, 6)},
        Role("two", "warm"): {"pulse": train(0.6, 0.6, 0.03, 7), "other": train(9, 9, 0.0, 8)},
    }
    return made


def test_changes_are_over_those_of_the_reference_and_ranked(trains):
    table = deciding.table(trains).set_index(["observation", "reading"])
    assert list(dict.fromkeys(table.index.get_level_values(0))) == ["other", "warm"]
    # Over the reference under the same hypothesis; scatters of a ratio of independent values.
    expected = {
        ("other", READING): (0.2, 5 / 6, ratio(0.04, 0.2, 0.5), ratio(0.04, 5 / 6, 0.6)),
        ("other", REST): (0.25, 5 / 6, ratio(0.04, 0.25, 0.4), ratio(0.04, 5 / 6, 0.6)),
        ("warm", READING): (1.0, 1.0, ratio(0.03, 1.0, 0.5), ratio(0.03, 1.0, 0.6)),
        ("warm", REST): (0.5, 1.0, ratio(0.03, 0.5, 0.4), ratio(0.03, 1.0, 0.6)),
    }
    columns = ["change", "other_change", "scatter", "other_scatter"]
    for row, (one, two, *scatters) in expected.items():
        # Errors of a mean and of a standard deviation of 4,000 values.
        np.testing.assert_allclose(table.loc[row, columns[:2]], [one, two], atol=5 * 0.1 / 63)
        np.testing.assert_allclose(table.loc[row, columns[2:]], scatters, rtol=5 * 0.011)
        separation = abs(two - one) / np.hypot(*scatters)
        assert table.loc[row, "separation"] == pytest.approx(separation, abs=0.15)


def test_the_first_hypothesis_is_compared_with_all_others(trains):
    third = {Role("three", role.condition): made for role, made in trains.items()}
    table = deciding.table(trains | third)
    assert set(table["hypothesis"]) == {"one"}
    assert set(table["other"]) == {"two", "three"}
    assert len(table) == 2 * 2 * 2


def test_all_trains_are_read_at_the_same_times(trains):
    short = trains[Role("two", "")]["other"].assign_coords(time=[-1e-9, 1e-3, 0.501, 4.001])
    trains[Role("two", "")]["other"] = short
    np.testing.assert_allclose(deciding.table(trains)["reading"].unique(), [READING, 4.0])
    brief = short.isel(time=slice(0, 2)).assign_coords(time=[-1e-9, 0.101])
    trains[Role("two", "")]["other"] = brief
    np.testing.assert_allclose(deciding.table(trains)["reading"].unique(), [0.1])


def test_readings_without_scatter_have_no_separation(trains):
    still = {role: {"pulse": train(0.5, 0.4, 0.0, 1)} for role in trains}
    table = deciding.table(still)
    assert table["separation"].isna().all()
