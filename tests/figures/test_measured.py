import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets, decay
from afterpulse.figures import measured, style

# 55 delays: few enough that the fits take them as they are.
DELAY = np.concatenate([np.geomspace(0.01, 0.45, 5), np.geomspace(0.5, 20.0, 50)])


@pytest.fixture(scope="module")
def sweep():
    generator = np.random.default_rng(5)
    curve = -3e-5 * (0.5 + 0.3 * np.exp(-DELAY / 0.7) + 0.2 * np.exp(-DELAY / 6.0))
    noise = 5e-8 * generator.standard_normal((4, DELAY.size))
    return datasets.label(
        xr.Dataset(
            {
                "anomalous_hall_voltage": (("replicate", "delay"), 4e-5 + curve + noise),
                "initial_voltage": ("replicate", [4e-5] * 4),
            },
            coords={
                "delay": DELAY,
                "replicate": range(4),
                "pulse_amplitude": 2e-3,
                "pulse_width": 1e-3,
            },
        )
    )


@pytest.fixture(scope="module")
def fits(sweep):
    found = decay.fit_decays(sweep, 0.5, 20.0)
    return found.assign_coords(pulse_amplitude=2e-3, pulse_width=1e-3)


def by_hand(model, **values):
    """Fits whose only model has these parameters."""
    return xr.Dataset(
        {
            "parameter_value": (("model", "parameter"), [list(values.values())]),
        },
        coords={"model": [model], "parameter": list(values)},
    )


@pytest.mark.parametrize(
    ("model", "values", "expected"),
    [
        ("single_exponential", {"amplitude": 2, "time_constant": 3, "offset": 1}, 1 + 2 / np.e),
        (
            "stretched_exponential",
            {"amplitude": 2, "time_constant": 12, "exponent": 0.5, "offset": 1},
            1 + 2 * np.exp(-0.5),
        ),
        (
            "double_exponential",
            {
                "amplitude": 2,
                "time_constant": 1,
                "slow_amplitude": 4,
                "slow_time_constant": 6,
                "offset": 1,
            },
            1 + 2 * np.exp(-3) + 4 * np.exp(-0.5),
        ),
        ("logarithmic", {"level": 5, "slope": 2}, 5 - 2 * np.log(3)),
        ("power_law", {"amplitude": 7, "exponent": 1, "offset": 2}, 2 + 7 / 3),
        ("no_decay", {"offset": 2, "drift": 0.5}, 3.5),
        (
            "fatuzzo_labrune",
            {"amplitude": 1, "time_constant": 3, "growth": 2, "offset": 0},
            # x = 1, k = 2: 4 (1 - 2/e) + 4/e + 1.
            np.exp(-(5 - 4 / np.e)),
        ),
    ],
)
def test_curves_by_hand(model, values, expected):
    found = measured.fitted_change(by_hand(model, **values), model, np.array([3.0]))
    assert found.item() == pytest.approx(expected)


def test_curves_are_the_models_that_were_fitted(sweep, fits):
    # Two exponentials describe the trace, so that their curve leaves its noise alone.
    change = (sweep["anomalous_hall_voltage"] - sweep["initial_voltage"]).mean("replicate")
    window = change.sel(delay=slice(0.5, None))
    left = window - measured.fitted_change(fits, "double_exponential", window["delay"].values)
    assert float(left.std()) < 1.3 * 5e-8 / 2
    assert float(abs(left.mean())) < 3 * 5e-8 / np.sqrt(4 * 50)


def test_trace_models_and_residuals_are_drawn(sweep, fits):
    figure = style.new_figure(4.2)
    above, below = measured.draw(sweep, fits, figure)
    labels = [text.get_text() for text in above.get_legend().get_texts()]
    assert labels[:2] == ["mean", "before the pulse"]
    assert len(labels) == 2 + fits.sizes["model"]
    shown = {line.get_label(): line for line in above.lines}
    np.testing.assert_allclose(
        shown["mean"].get_ydata(), 1e6 * sweep["anomalous_hall_voltage"].mean("replicate")
    )
    np.testing.assert_allclose(shown["before the pulse"].get_ydata(), 40.0)
    # Two exponentials made the trace.
    curve = shown["double exponential (chosen)"]
    assert [line for line in above.lines if line.get_linewidth() == measured.THICK] == [curve]
    assert curve.get_xdata()[0] == pytest.approx(0.5)
    expected = 1e6 * (4e-5 + measured.fitted_change(fits, "double_exponential", np.array([0.5])))
    assert curve.get_ydata()[0] == pytest.approx(expected.item())
    determined = [label for label in labels[2:] if not label.endswith(": not determined")]
    # One line more is the zero.
    assert len(below.lines) == len(determined) + 1
    assert above.get_title() == "pulse of 2 mA, 1 ms"
    figure.draw_without_rendering()


def test_undetermined_models_are_named(sweep, fits):
    values = fits["parameter_value"].copy()
    values.loc[{"model": "power_law", "parameter": "offset"}] = np.nan
    above, _ = measured.draw(sweep, fits.assign(parameter_value=values), style.new_figure(4.2))
    labels = [text.get_text() for text in above.get_legend().get_texts()]
    assert "power law: not determined" in labels


def test_refused_trace_is_drawn_with_the_reason(sweep, fits):
    remark = fits["fit_remark"].copy()
    remark[:] = "the change is too small"
    refused = fits.assign(parameter_value=np.nan * fits["parameter_value"], fit_remark=remark)
    refused = refused.drop_vars("pulse_amplitude").assign_coords(pulse_current_density=8.4e11)
    figure = style.new_figure(4.2)
    above, below = measured.draw(sweep.isel(replicate=[0]), refused, figure)
    assert above.get_title() == "pulse of 8.4e+11 A/m$^2$, 1 ms\nthe change is too small"
    assert len(below.lines) == 1
    figure.draw_without_rendering()
