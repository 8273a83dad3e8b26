import numpy as np
import pytest
import xarray as xr

from afterpulse import decay

PROBE = 1e-9
WIDTHS = np.array([0.2e-9, 0.5e-9, 1e-9, 3e-9, 10e-9])
AMPLITUDES = np.linspace(5e-3, 60e-3, 12)
INTRINSIC, CHARGE = 12e-3, 6e-12
"""I_c0 (A) and q (C) of the made-up films, which have I = I_c0 + q/w."""
STEEPNESS = 0.9


def law(width):
    return INTRINSIC + CHARGE / np.asarray(width)


def made_up(noise=0.0, replicates=5, seed=0, amplitudes=AMPLITUDES, widths=WIDTHS):
    """Sweep whose fraction switched is linear in the amplitude over that of one half.

    Linear interpolation is exact there. `noise` is the standard deviation of a replicate's m_z.
    """
    excess = np.abs(amplitudes)[:, None] / law(widths) - 1
    switched = np.clip(0.5 + excess / STEEPNESS, 0, 1)
    random = np.random.default_rng(seed)
    m_z = (1 - 2 * switched)[..., None] + noise * random.standard_normal(
        (*switched.shape, replicates)
    )
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    # Before the probe the film is another one.
    values = np.stack([np.zeros_like(m_z), m_z, np.ones_like(m_z)], axis=-1)
    return xr.Dataset(
        {
            "magnetisation_z": (dims, 0.9 * values),
            "initial_magnetisation_z": (dims[:-1], np.full(m_z.shape, 0.9)),
        },
        coords={
            "pulse_amplitude": amplitudes,
            "relative_amplitude": ("pulse_amplitude", amplitudes / 20e-3),
            "pulse_width": widths,
            "delay": [1e-12, PROBE, 20e-9],
        },
    )


def test_made_up_switching_currents_and_law_are_found():
    found = decay.switching_currents(made_up(), PROBE)
    np.testing.assert_allclose(found["switching_current"], law(WIDTHS), rtol=1e-9)
    np.testing.assert_allclose(found["intrinsic_current"], INTRINSIC, rtol=1e-6)
    np.testing.assert_allclose(found["switching_charge"], CHARGE, rtol=1e-6)
    np.testing.assert_allclose(
        found["fitted_switching_current"], law(found["fitted_width"]), rtol=1e-6
    )
    assert (found["switching_current_refused"] == "").all()
    assert found["switching_fit_refused"].item() == ""
    # Replicates without scatter have no interval but the value.
    for bound in ("lower", "upper"):
        interval = found["switching_current_interval"].sel(bound=bound)
        np.testing.assert_allclose(interval, law(WIDTHS), rtol=1e-9)


def test_fraction_is_zero_in_the_initial_state_and_one_in_its_opposite():
    sweep = made_up(amplitudes=np.array([1e-6, 20e-3, 1.0]))
    fraction = decay.switching_currents(sweep, PROBE)["switched_fraction"]
    np.testing.assert_allclose(fraction[0], 0, atol=1e-12)
    np.testing.assert_allclose(fraction[-1], 1, atol=1e-12)
    downwards = -sweep
    turned = decay.switching_currents(downwards, PROBE)["switched_fraction"]
    np.testing.assert_allclose(turned, fraction, atol=1e-12)


def test_intervals_hold_the_true_values_at_about_their_rate():
    """Fractions scatter by 0.05 in a replicate, so currents by a few per cent."""
    count, replicates = 200, 8
    within = {"current": [], "intrinsic": [], "charge": [], "law": []}
    for seed in range(count):
        sweep = made_up(0.1, replicates, seed)
        found = decay.switching_currents(sweep, PROBE)
        assert (found["switching_current_refused"] == "").all()
        for name, variable, true in (
            ("current", "switching_current_interval", law(WIDTHS)),
            ("intrinsic", "intrinsic_current_interval", INTRINSIC),
            ("charge", "switching_charge_interval", CHARGE),
            ("law", "fitted_switching_current_interval", law(found["fitted_width"].values)),
        ):
            lower, upper = found[variable].transpose("bound", ...).values
            within[name].append(np.mean((lower <= true) & (true <= upper)))
    # Four standard errors of a binomial of 0.95. Points of one law are correlated; the currents of
    # one sweep are not, but a bootstrap of eight replicates may fall short by some per cent.
    four = 4 * np.sqrt(0.95 * 0.05 / count)
    for name in ("intrinsic", "charge", "law"):
        assert np.mean(within[name]) == pytest.approx(0.95, abs=four), name
    assert 0.95 - four / np.sqrt(WIDTHS.size) - 0.03 < np.mean(within["current"]) < 0.985


def test_error_of_the_fit_falls_with_the_scatter():
    """Weighted least squares in closed form: relative errors of equal size at all widths."""
    count, noise, replicates = 200, 0.04, 4
    found = [decay.switching_currents(made_up(noise, replicates, s), PROBE) for s in range(count)]
    # Relative error of a current: that of a mean fraction over its slope, and m_z is twice the
    # fraction. Interpolation averages two amplitudes, at most by the square root of two.
    largest = 0.5 * noise / np.sqrt(replicates) * STEEPNESS
    terms = np.stack([np.ones(WIDTHS.size), 1 / WIDTHS], axis=1) / law(WIDTHS)[:, None]
    error = largest * np.sqrt(np.diag(np.linalg.inv(terms.T @ terms)))
    for index, name in enumerate(("intrinsic_current", "switching_charge")):
        values = [float(each[name]) for each in found]
        assert np.mean(values) == pytest.approx(
            (INTRINSIC, CHARGE)[index], abs=4 * error[index] / np.sqrt(count)
        )
        assert 0.65 * error[index] < np.std(values, ddof=1) < 1.1 * error[index]


def test_width_without_a_crossing_has_no_current_but_the_reason():
    low = decay.switching_currents(made_up(amplitudes=AMPLITUDES[:4]), PROBE)
    # 5 to 20 mA: half switches at 42, 24, 18, 14, and 12.6 mA.
    np.testing.assert_allclose(low["switching_current"][2:], law(WIDTHS)[2:], rtol=1e-9)
    assert low["switching_current"][:2].isnull().all()
    reasons = low["switching_current_refused"].values
    assert list(reasons[:2]) == ["less than half switches up to 20 mA"] * 2
    assert np.isinf(low["switching_current_interval"].values[:2]).all()
    np.testing.assert_allclose(low["intrinsic_current"], INTRINSIC, rtol=1e-6)
    high = decay.switching_currents(made_up(amplitudes=AMPLITUDES[5:]), PROBE)
    assert "lowest" in high["switching_current_refused"].values[-1]
    assert (high["switching_current_interval"].values[-1] == 0).all()
    # Only 0.2 ns is left.
    assert high["switching_fit_refused"].item() == "1 switching currents, fewer than 3"
    for name in ("intrinsic_current", "switching_charge"):
        assert np.isnan(high[name])


def test_two_widths_have_currents_but_no_fit():
    found = decay.switching_currents(made_up(widths=WIDTHS[:2]), PROBE)
    np.testing.assert_allclose(found["switching_current"], law(WIDTHS[:2]), rtol=1e-9)
    assert found["switching_fit_refused"].item() == "2 switching currents, fewer than 3"
    assert found["fitted_switching_current"].isnull().all()


def test_single_replicate_has_a_current_without_interval():
    found = decay.switching_currents(made_up(replicates=1), PROBE)
    np.testing.assert_allclose(found["switching_current"], law(WIDTHS), rtol=1e-9)
    assert found["switching_current_interval"].isnull().all()
    assert found["switched_fraction_stderr"].isnull().all()


def test_polarity_that_switches_counts():
    one = made_up(0.05)
    other = one.assign_coords(pulse_amplitude=-one["pulse_amplitude"])
    other["magnetisation_z"] = xr.full_like(other["magnetisation_z"], 0.9)
    expected = decay.switching_currents(one, PROBE)
    found = decay.switching_currents(xr.concat([other, one], "pulse_amplitude"), PROBE)
    np.testing.assert_allclose(found["switching_current"], expected["switching_current"])
    assert (found["pulse_amplitude"] > 0).all()
    negative = one.assign_coords(pulse_amplitude=-one["pulse_amplitude"])
    found = decay.switching_currents(negative, PROBE)
    np.testing.assert_allclose(found["switching_current"], expected["switching_current"])


def test_amplitudes_of_another_width_and_failed_replicates_do_not_count():
    sweep, names = made_up(0.05), ["switching_current", "switching_current_interval"]
    expected = decay.switching_currents(sweep, PROBE)
    of_four = decay.switching_currents(sweep.isel(replicate=slice(0, 4)), PROBE)
    # Refined at 1 ns only.
    added = made_up(0.05, amplitudes=np.array([17e-3, 19e-3]), seed=1)
    at_others = [0, 1, 3, 4]
    added["magnetisation_z"][:, at_others] = np.nan
    refined = xr.concat([sweep, added], "pulse_amplitude")
    found = decay.switching_currents(refined, PROBE)
    for name in names:
        np.testing.assert_allclose(found[name][at_others], expected[name][at_others])
    assert (found["switching_current"] - expected["switching_current"])[2] != 0
    # The last replicate failed at one amplitude.
    holes = sweep.copy(deep=True)
    holes["magnetisation_z"][5, 2, 4] = np.nan
    found = decay.switching_currents(holes, PROBE)
    for name in names:
        np.testing.assert_allclose(found[name][at_others], expected[name][at_others])
        np.testing.assert_allclose(found[name][2], of_four[name][2])


def test_samples_are_averaged_first():
    sweep = made_up(0.05, replicates=6).assign_coords(sample=("replicate", [0, 0, 1, 1, 2, 2]))
    means = sweep.groupby("sample").mean("replicate").rename(sample="replicate")
    found, expected = (decay.switching_currents(each, PROBE) for each in (sweep, means))
    for name in ("switching_current_interval", "switched_fraction_stderr"):
        np.testing.assert_allclose(found[name], expected[name])


def test_probe_delay_that_is_not_stored_is_refused():
    with pytest.raises(ValueError, match="no delay of 2e-09 s is stored"):
        decay.switching_currents(made_up(), 2e-9)


def test_table_has_a_row_per_width():
    found = decay.switching_currents(made_up(0.05), PROBE)
    table = decay.to_switching_table(found)
    np.testing.assert_array_equal(table["pulse_width"], WIDTHS)
    np.testing.assert_array_equal(table["switching_current"], found["switching_current"])
    for end in ("lower", "upper"):
        for name in ("switching_current", "intrinsic_current", "switching_charge"):
            np.testing.assert_array_equal(
                table[f"{name}_interval_{end}"], found[f"{name}_interval"].sel(bound=end)
            )
    assert "fitted_switching_current" not in table
