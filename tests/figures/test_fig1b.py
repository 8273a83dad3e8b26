import numpy as np

from afterpulse.figures import fig1b, style


def test_curves_start_at_the_probe_and_carry_a_band(ahe):
    axes = fig1b.draw(ahe, style.new_figure(2.4).subplots(), 1e-3)
    assert len(axes.lines) == len(axes.collections) == 9
    for line in axes.lines:
        assert line.get_xdata()[0] == 0.5
        assert line.get_xdata()[-1] == 20.0
    assert axes.get_xlabel() == "time since the end of the pulse (s)"
    assert axes.get_ylabel() == r"$V_\mathrm{AHE}$ (µV)"
    assert axes.get_title() == "pulse width 1 ms"


def test_intermediate_state_is_thick(ahe):
    axes = fig1b.draw(ahe, style.new_figure(2.4).subplots(), 1e-3)
    thick = [line for line in axes.lines if line.get_linewidth() > 2]
    # The made-up sweep has its middle at 0.8 critical currents.
    assert [line.get_label() for line in thick] == [r"0.8 $I_\mathrm{c}$"]
    expected = ahe["anomalous_hall_voltage"].isel(pulse_amplitude=5, pulse_width=1)
    expected = expected.sel(delay=slice(0.5, None)).mean("replicate")
    np.testing.assert_allclose(thick[0].get_ydata(), 1e6 * expected)


def test_intermediate_state_is_the_one_that_changes_most():
    first = np.array([10.0, 9.5, 5.0, 3.0, 0.0])
    # The first changes most but is no intermediate state.
    assert fig1b.intermediate(first, first + [-4.0, 0.1, 1.0, 2.0, 0.0]) == 3
    # Two states have none between them.
    assert fig1b.intermediate(np.array([1.0, 0.0]), np.array([0.9, 0.5])) == 1
    assert fig1b.intermediate(np.array([1.0, 1.0]), np.array([0.9, 1.0])) == 0


def test_whole_pulses_by_llg_are_drawn_from_their_end_on_in_nanoseconds(nanosecond):
    axes = fig1b.draw(nanosecond, style.new_figure(2.4).subplots(), 1e-12, probe=0.5e-9)
    *curves, probe = axes.lines
    assert len(curves) == 9
    for line in curves:
        np.testing.assert_allclose(line.get_xdata(), 1e9 * nanosecond["delay"])
    np.testing.assert_allclose(axes.get_xlim(), [1e-6, 20])
    np.testing.assert_allclose(probe.get_xdata(), 0.5)
    assert axes.get_xlabel() == "time since the end of the pulse (ns)"
    assert axes.get_title() == "pulse width 1 ps"
    labels = [text.get_text() for text in axes.get_xticklabels()]
    assert labels == ["1e-06", "1e-05", "0.0001", "0.001", "0.01", "0.1", "1", "10"]
    # The intermediate state is that at the probe.
    thick = [line for line in curves if line.get_linewidth() > 2]
    assert [line.get_label() for line in thick] == [r"0.8 $I_\mathrm{c}$"]
