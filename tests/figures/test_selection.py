import numpy as np
import pytest
import xarray as xr

from afterpulse.figures import selection


def test_mean_and_standard_error_of_a_known_sample():
    values = xr.DataArray([[1.0, 2.0, 3.0], [4.0, 4.0, 4.0]], dims=("point", "replicate"))
    mean, error = selection.mean_and_standard_error(values)
    np.testing.assert_allclose(mean, [2, 4])
    np.testing.assert_allclose(error, [1 / 3**0.5, 0])
    _, single = selection.mean_and_standard_error(values[:, :1])
    np.testing.assert_array_equal(single, [0, 0])


def test_critical_current_from_either_polarity(ahe):
    assert selection.critical_current(ahe) == pytest.approx(2e-3)
    turned = ahe.assign_coords(
        pulse_amplitude=-ahe["pulse_amplitude"].values,
        relative_amplitude=("pulse_amplitude", -ahe["relative_amplitude"].values),
    )
    assert selection.critical_current(turned) == pytest.approx(2e-3)
    assert np.isnan(selection.critical_current(ahe.drop_vars("relative_amplitude")))


def test_only_stored_delays_are_given(ahe):
    assert float(selection.at_delay(ahe, 10.0)["delay"]) == 10.0
    with pytest.raises(KeyError):
        selection.at_delay(ahe, 9.0)
