import numpy as np
import pytest
import xarray as xr

from afterpulse.calibration.calibrate import LAW_AXES, LAW_PARTS
from afterpulse.figures import calibration, style


@pytest.fixture
def measured():
    """Made-up values: every number differs from every other."""
    axes = np.array([0.0, 1.0]), np.array([-0.5, 0.0, 0.5]), np.array([-1.0, 0.0, 1.0])
    current, in_plane, _ = np.meshgrid(*axes, indexing="ij")
    prefactor = 0.2 * current
    return xr.Dataset(
        {
            "critical_current_density_of_width": ("pulse_width", [3e12, 2e12]),
            "median_macrospin_critical_current_density": ((), 1.9e12),
            "macrospin_critical_current_density": ("unit_diameter", [1.6e12, 1.4e12, 1.2e12]),
            "critical_current_density_of_polarity": (
                ("unit_diameter", "polarity"),
                [[1.5e12, 1.55e12], [1.3e12, 1.35e12], [1.1e12, 1.15e12]],
            ),
            "critical_current_density_of_bias": ("relative_bias", [0.5e12, 1e12, 1.8e12]),
            "energy_barrier": ("unit_diameter", [1e-19, 1.3e-19, 1.5e-19]),
            "coherent_barrier": ("unit_diameter", [1.1e-19, 1.7e-19, 2.5e-19]),
            "measured_unit_diameter": ("measured_unit", [45e-9, 55e-9]),
            "unit_critical_current_density": ("measured_unit", [1.25e12, 1.0e12]),
            "unit_critical_current_density_on_grains": ("measured_unit", [1.5e12, 1.6e12]),
            "unit_exchange_bias": ("measured_unit", [0.02, 0.05]),
            "unit_anisotropy_field": ("measured_unit", [0.2, 0.25]),
            "neighbour_field_factor": ((), 0.67),
            "log_attempt_change": ((LAW_PARTS, *LAW_AXES), np.stack([0 * prefactor, prefactor])),
            "relative_barrier": (
                (LAW_PARTS, *LAW_AXES),
                np.stack([0 * prefactor, -0.5 * current - 0.3 * current * in_plane]),
            ),
            "well_is_lost": (LAW_AXES, np.zeros(prefactor.shape, dtype=bool)),
        },
        coords={
            "relative_bias": [-0.5, 0.0, 0.5],
            "pulse_width": [2e-10, 1e-9],
            "unit_diameter": [40e-9, 50e-9, 60e-9],
            "polarity": ["favoured", "other"],
            LAW_PARTS: [0.0, 10.0],
            **dict(zip(LAW_AXES, axes, strict=True)),
        },
    )


def test_no_width_at_which_the_unit_reverses(measured):
    figure = style.new_figure(4.6)
    name = "critical_current_density_of_width"
    calibration.draw(measured.assign({name: np.nan * measured[name]}), figure)
    figure.draw_without_rendering()


def test_panels_show_what_was_measured_beside_the_macrospin(measured):
    figure = style.new_figure(4.6)
    calibration.draw(measured, figure)
    width, bias, threshold, barrier, rates, torque = figure.axes
    np.testing.assert_allclose(width.lines[0].get_xdata(), [0.2, 1.0])
    np.testing.assert_allclose(width.lines[0].get_ydata(), [3.0, 2.0])
    np.testing.assert_allclose(width.lines[1].get_ydata(), 1.9)
    np.testing.assert_allclose(bias.lines[0].get_ydata(), [0.5, 1.0, 1.8])
    np.testing.assert_allclose(bias.lines[1].get_xdata(), [0.1, 0.2])
    np.testing.assert_allclose(bias.lines[1].get_ydata(), [1.2, 1.6])
    # Without bias a macrospin is lost at 45 degrees.
    np.testing.assert_allclose(bias.lines[2].get_ydata()[1], 1.0, atol=1e-5)
    np.testing.assert_allclose(threshold.lines[0].get_ydata(), [1.5, 1.3, 1.1])
    np.testing.assert_allclose(threshold.lines[2].get_xdata(), [45.0, 55.0])
    np.testing.assert_allclose(
        barrier.lines[1].get_ydata(), np.array([1.1e-19, 1.7e-19, 2.5e-19]) / 1.380649e-23 / 300
    )
    # Fields of 0, 0.05, ...: the second pair. A barrier of 1.3e-19 J, with 1e-19 at 40 nm, at the
    # geometric middle of 49 nm by interpolation.
    height = np.interp(np.sqrt(40 * 60), [40, 50], [1e-19, 1.3e-19]) / 1.380649e-23 / 300
    for line, field in zip(rates.lines[2:4], (-0.05, 0.05), strict=True):
        expected = [-height * 0.95**2, 0.2 - height * (0.95**2 - 0.5 - 0.3 * field)]
        np.testing.assert_allclose(line.get_ydata(), expected)
    np.testing.assert_allclose(torque.lines[1].get_ydata(), [0, -height * 0.3 * 0.05], atol=1e-12)
    assert "0.67" in torque.get_title()
    figure.draw_without_rendering()
