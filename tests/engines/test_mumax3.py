"""The script that mumax3 gets. Running it needs a GPU, so here its parameters are read back."""

import re

import discretisedfield as df
import numpy as np
import pytest

from afterpulse.calibration.isolated_unit import disc, isolated_system
from afterpulse.engines import mumax3, oommf
from afterpulse.engines.engine import EngineError
from afterpulse.engines.film_system import film_system
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film.sample import make_sample

CELLS = 16


@pytest.fixture(scope="module")
def numerics(experiment_card):
    return experiment_card({"numerics.llg_time_step": "0.4 ps"}).numerics


@pytest.fixture(scope="module")
def system(device_card, experiment_card):
    device = device_card(
        {
            "spin_hall_layer.field_like_spin_hall_angle": 0.05,
            "ferromagnet.interfacial_dmi": "0.5 mJ/m^2",
            "ferromagnet.anisotropy_spread": 0.1,
            "ferromagnet.unit_diameter": "20 nm",
        }
    )
    experiment = experiment_card()
    sample = make_sample(device, experiment, np.random.default_rng(1))
    grains = np.random.default_rng(2).choice([-1, 1], sample.grain_area.size).astype(np.int8)
    up = np.zeros((CELLS, CELLS, 3))
    up[..., 2] = 1.0
    return film_system(device, experiment, sample, up, grains, Conditions(320.0, -5e11, 3e10))


@pytest.fixture
def script(system, numerics, tmp_path):
    return mumax3.write_script(system, tmp_path, 1e-10, 5, 7, numerics).read_text()


def by_cell(script, folder, name):
    """Values of a parameter that a script sets region by region."""
    found = re.findall(rf"^{name}\.SetRegion\((\d+), (\S+)\)$", script, re.MULTILINE)
    table = {int(region): float(value) for region, value in found}
    regions = df.Field.from_file(str(folder / "regions.ovf")).array[..., 0]
    return np.vectorize(table.__getitem__)(regions.astype(int))


def test_parameters_of_each_cell(script, system, tmp_path):
    energy = system.energy
    for name, expected in {
        "Ku1": energy.uniaxialanisotropy.K.array,
        "Aex": energy.exchange.A.array,
        "Dind": -energy.dmi.D.array,
    }.items():
        np.testing.assert_allclose(by_cell(script, tmp_path, name), expected[..., 0], rtol=1e-12)
        assert np.ptp(expected) > 0
    assert f"\nMsat = {float(system.m.norm.array.max())!r}\n" in script


def test_dmi_across_a_border_is_the_mean_of_both_sides(script, system):
    values = np.unique(system.energy.dmi.D.array)
    assert values.size == 2
    between = re.search(r"ext_InterDind\(2\*i, 2\*j\+1, (\S+)\)", script).group(1)
    assert float(between) == pytest.approx(-values.mean())


def test_more_anisotropies_than_regions_are_rounded(system, numerics, tmp_path, monkeypatch):
    monkeypatch.setattr(mumax3, "LEVELS", 4)
    script = mumax3.write_script(system, tmp_path, 1e-10, 5, 7, numerics).read_text()
    expected = system.energy.uniaxialanisotropy.K.array[..., 0]
    found = by_cell(script, tmp_path, "Ku1")
    assert np.unique(found).size <= 4
    assert abs(found - expected).max() <= np.ptp(expected) / 6 * (1 + 1e-9)


def test_no_magnet_around_a_unit_by_itself(device_card, experiment_card, numerics, tmp_path):
    unit = disc(device_card(), experiment_card(), 40e-9, 5e-9, 10)
    alone = isolated_system(device_card(), unit, np.array([0.0, 0.0, 1.0]), 1e11)
    script = mumax3.write_script(alone, tmp_path, 1e-10, 1, 0, numerics).read_text()
    ((region, value),) = re.findall(r"^Msat\.SetRegion\((\d+), (\S+)\)$", script, re.MULTILINE)
    regions = df.Field.from_file(str(tmp_path / "regions.ovf")).array[:, :, 0, 0]
    np.testing.assert_array_equal(regions == int(region), ~unit.inside)
    assert float(value) == 0


def test_torque_is_that_of_oommf(script, system, tmp_path):
    torque = oommf.translate(system).dynamics.slonczewski
    current = df.Field.from_file(str(tmp_path / "current.ovf")).array
    polarisation = df.Field.from_file(str(tmp_path / "polarisation.ovf")).array
    np.testing.assert_allclose(current[..., 2], torque.J.array[..., 0], rtol=1e-6)
    assert not current[..., :2].any()
    np.testing.assert_allclose(polarisation, torque.mp.array, atol=1e-6)
    for line in ("Pol = 1", "Lambda = 1", "EpsilonPrime = 0", "DisableZhangLiTorque = true"):
        assert f"\n{line}\n" in script


def test_field_has_the_field_like_torque(script, system, tmp_path):
    assert 'B_ext.add(LoadFile("B_ext.ovf"), 1)' in script
    field = df.Field.from_file(str(tmp_path / "B_ext.ovf")).array
    expected = oommf.translate(system).energy.zeeman.H.array * 4e-7 * np.pi
    np.testing.assert_allclose(field, expected, rtol=1e-5, atol=1e-9)


def test_thermal_run_has_a_seed_and_a_fixed_step(script):
    assert "\nThermSeed(7)\nSetSolver(2)\nFixDt = 1e-13\n" in script
    assert "\nTemp = 320.0\n" in script
    # All of it before the run.
    assert script.index("SetSolver(2)") < script.index("for snap_counter")


def test_run_without_temperature_has_neither(system, numerics, tmp_path):
    system.T, kelvin = 0, system.T
    try:
        script = mumax3.write_script(system, tmp_path, 1e-10, 5, 7, numerics).read_text()
    finally:
        system.T = kelvin
    assert "SetSolver(5)\nFixDt = 0\n" in script
    assert "ThermSeed" not in script
    assert "Temp =" not in script


def test_missing(system, numerics, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="engine mumax3: expected the command mumax3 on PATH"):
        mumax3.drive([system], 1e-10, 5, [7], numerics)


def test_output_is_read_and_reduced(system, numerics, monkeypatch, tmp_path):
    # In mumax3's place a script that writes one field five times; mumax3 writes M in A/m.
    field = system.m.array.copy()
    field[3, 5, 0] = system.m.norm.array[3, 5, 0] * np.array([0.6, 0.8, 0.0])
    df.Field(system.m.mesh, nvdim=3, value=field).to_file(tmp_path / "m.ovf", representation="bin4")
    (tmp_path / "mumax3").write_text(
        f"#!/bin/sh\nmkdir film.out\nfor i in 0 1 2 3 4; do "
        f'cp "{tmp_path}/m.ovf" film.out/m_full00000$i.ovf; done\n'
    )
    (tmp_path / "mumax3").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (driven,) = mumax3.drive([system], 1e-10, 5, [7], numerics)
    np.testing.assert_allclose(driven.time, 2e-11 * np.arange(1, 6))
    cells = CELLS**2
    mean = np.array([0.6, 0.8, cells - 1]) / cells
    np.testing.assert_allclose(driven.mean_m, np.tile(mean, (5, 1)), atol=1e-6)
    np.testing.assert_array_equal(driven.mean_z, driven.mean_m[:, 2])
    np.testing.assert_allclose(driven.mean_xy, 0.48 / cells, atol=1e-6)
    weight = np.zeros((CELLS, CELLS))
    weight[3, 5], weight[0, 0] = 3.0, 1.0
    (weighted,) = mumax3.drive([system], 1e-10, 5, [7], numerics, weight)
    np.testing.assert_array_equal(weighted.mean_m, driven.mean_m)
    np.testing.assert_allclose(weighted.mean_z, 0.25, atol=1e-6)
    np.testing.assert_allclose(weighted.mean_xy, 0.75 * 0.48, atol=1e-6)
