import numpy as np
import pytest
import xarray as xr

from afterpulse import decay
from afterpulse.figures import style, switching

AMPLITUDES = np.linspace(5e-3, 60e-3, 12)
WIDTHS = np.array([0.2e-9, 1e-9, 10e-9])
INTRINSIC, CHARGE = 12e-3, 6e-12


def found(amplitudes=AMPLITUDES, widths=WIDTHS):
    """Switching currents of made-up films that follow I_c0 + q/w but for some scatter."""
    law = INTRINSIC + CHARGE / widths
    switched = np.clip(0.5 + (amplitudes[:, None] / law - 1) / 0.9, 0, 1)
    random = np.random.default_rng(2)
    m_z = (1 - 2 * switched)[..., None] + 0.05 * random.standard_normal((*switched.shape, 6))
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    sweep = xr.Dataset(
        {
            "magnetisation_z": (dims, m_z[..., None]),
            "initial_magnetisation_z": (dims[:-1], np.ones(m_z.shape)),
        },
        coords={
            "pulse_amplitude": amplitudes,
            "relative_amplitude": ("pulse_amplitude", amplitudes / 20e-3),
            "pulse_width": widths,
            "delay": [1e-9],
        },
    )
    return decay.switching_currents(sweep, 1e-9)


def drawn(dataset):
    figure = style.new_figure(4.2, 6.8)
    panels = switching.draw(dataset, figure)
    figure.draw_without_rendering()
    return panels


def test_curves_and_map_are_the_fractions():
    dataset = found()
    curves, _, panel = drawn(dataset)
    for index, container in enumerate(curves.containers):
        line, _, (bars,) = container.lines
        fraction = dataset["switched_fraction"][:, index]
        error = dataset["switched_fraction_stderr"][:, index]
        np.testing.assert_allclose(line.get_xdata(), 1e3 * AMPLITUDES)
        np.testing.assert_allclose(line.get_ydata(), fraction)
        ends = [bar[:, 1] for bar in bars.get_segments()]
        np.testing.assert_allclose(ends, np.stack([fraction - error, fraction + error], axis=1))
    names = [text.get_text() for text in curves.get_legend().get_texts()]
    assert names == ["200 ps", "1 ns", "10 ns"]
    assert curves.get_ylabel() == "fraction switched\n1 ns after the pulse"
    np.testing.assert_allclose(
        panel.collections[0].get_array(), dataset["switched_fraction"].values.T
    )
    assert panel.get_xlabel() == "pulse amplitude (mA)"


def test_currents_have_their_intervals_and_the_law_its_band():
    dataset = found()
    _, panel, _ = drawn(dataset)
    (container,) = panel.containers
    line, _, (bars,) = container.lines
    np.testing.assert_allclose(line.get_xdata(), 1e9 * WIDTHS)
    np.testing.assert_allclose(line.get_ydata(), 1e3 * dataset["switching_current"])
    ends = [bar[:, 1] for bar in bars.get_segments()]
    np.testing.assert_allclose(ends, 1e3 * dataset["switching_current_interval"])
    law = panel.lines[-1]
    np.testing.assert_allclose(law.get_ydata(), 1e3 * dataset["fitted_switching_current"])
    band = panel.collections[-1].get_paths()[0].vertices
    at_start = band[np.isclose(band[:, 0], 0.2), 1]
    expected = 1e3 * dataset["fitted_switching_current_interval"].isel(fitted_width=0)
    np.testing.assert_allclose([at_start.min(), at_start.max()], expected)
    assert panel.get_xlabel() == "pulse width (ns)"
    assert panel.get_ylabel() == "switching current (mA)"
    text = panel.get_title(loc="left")
    lower, upper = 1e12 * dataset["switching_charge_interval"].values
    charge = 1e12 * float(dataset["switching_charge"])
    assert text.endswith(f"$q$ = {charge:.3g} pC ({lower:.3g} to {upper:.3g})")


def test_width_without_a_current_is_not_drawn_but_named():
    _, panel, _ = drawn(found(AMPLITUDES[:6]))
    # 0.2 ns needs 42 mA of the 30 mA.
    np.testing.assert_allclose(panel.containers[0].lines[0].get_xdata(), [1, 10])
    assert panel.get_title(loc="left").splitlines() == [
        "no fit: 2 switching currents, fewer than 3",
        "200 ps:",
        "less than half switches up to 30 mA",
    ]
    assert len(panel.lines) == len(panel.containers[0].lines[1]) + 1


def test_panel_without_currents_says_so():
    _, panel, _ = drawn(found(AMPLITUDES[:1] * np.array([0.1, 0.5, 1.0])))
    (text,) = panel.texts
    assert "200 ps, 1 ns, 10 ns:\nless than half switches up to 5 mA" in text.get_text()
    assert not panel.containers[0].lines[0].get_xdata().size


@pytest.mark.parametrize(
    ("changes", "inputs"),
    [
        ({}, ["ahe.nc"]),
        ({"sweep.pulse_width": ["1 ns"]}, []),
        ({"sweep.pulse_amplitude": ["1 I_c", "2 I_c"]}, []),
        ({"sweep.initialise": ["once"]}, []),
        ({"numerics.micromagnetics": "pulse"}, ["ahe.nc"]),
        ({"numerics.micromagnetics": "edges"}, []),
        ({"numerics.micromagnetics": "none"}, []),
    ],
)
def test_figure_is_drawn_of_whole_pulses_of_several_widths_and_amplitudes(
    changes, inputs, experiment_card
):
    card = experiment_card(
        {
            "numerics.micromagnetics": "throughout",
            "sweep.pulse_amplitude": ["1 I_c", "2 I_c", "3 I_c"],
            "sweep.pulse_width": ["1 ns", "2 ns"],
            "sweep.probe_delay": "1 ns",
            "sweep.duration": "2 ns",
            "sweep.initialise": ["each"],
            "sweep.refine": None,
            "trains": {},
            "inference": None,
            **changes,
        }
    )
    assert switching.inputs(card) == inputs
