"""OOMMF as an engine: what is written for it, and where it is installed, what it gives."""

import os
import shutil

import numpy as np
import pytest
from scipy.constants import e as electron_charge
from scipy.constants import hbar, mu_0

from afterpulse.calibration.isolated_unit import disc, isolated_system
from afterpulse.engines import embedded, oommf
from afterpulse.engines.engine import EngineError
from afterpulse.engines.film_system import film_system
from afterpulse.engines.magnet_system import Conditions
from afterpulse.film.sample import make_sample

needs_oommf = pytest.mark.skipif(
    shutil.which("oommf") is None or os.geteuid() == 0,
    reason="no oommf command, or root, whom OOMMF refuses",
)
DAMPING_LIKE, FIELD_LIKE = -0.2, 0.06
CELLS = 16


@pytest.fixture(scope="module")
def film(device_card, experiment_card):
    """System under both torques, with grains of both signs, at a temperature."""
    device = device_card(
        {
            "spin_hall_layer.spin_hall_angle": DAMPING_LIKE,
            "spin_hall_layer.field_like_spin_hall_angle": FIELD_LIKE,
            "ferromagnet.interfacial_dmi": "0.5 mJ/m^2",
            "thermal_spin_torque.polarisation": [0, 0, -1],
        }
    )
    experiment = experiment_card({"numerics.precision": "float64"})
    sample = make_sample(device, experiment, np.random.default_rng(1))
    grains = np.random.default_rng(2).choice([-1, 1], sample.grain_area.size).astype(np.int8)
    up = np.zeros((CELLS, CELLS, 3))
    up[..., 2] = 1.0

    def make(temperature, current=5e11, thermal=3e10):
        conditions = Conditions(320.0, current, thermal)
        system = film_system(device, experiment, sample, up, grains, conditions)
        system.T = temperature
        return system, experiment.numerics

    return make


def test_one_torque_carries_both_spin_currents(film):
    system, _ = film(0)
    translated = oommf.translate(system)
    (term,) = [t for t in translated.dynamics if type(t).__name__ == "Slonczewski"]
    spin = term.P * term.J.array * term.mp.array
    factor = system.dynamics.spin_orbit_torque.J.array[..., 0] / 5e11
    # theta J sigma with sigma = z x J, and the heat's spin current.
    assert not spin[..., 0].any()
    np.testing.assert_allclose(spin[..., 1], DAMPING_LIKE * 5e11 * factor)
    np.testing.assert_allclose(spin[..., 2], -3e10)
    assert (term.J.array >= 0).all()


def test_field_like_torque_is_a_field(film):
    system, _ = film(0)
    translated = oommf.translate(system)
    more = (translated.energy.zeeman.H.array - system.energy.zeeman.H.array) * mu_0
    factor = system.dynamics.spin_orbit_torque.J.array[..., 0] / 5e11
    thickness = system.m.mesh.cell[2]
    # B_FL = hbar theta_FL J / (2 e M_s t) along sigma.
    expected = hbar * FIELD_LIKE * 5e11 / (2 * electron_charge * system.m.norm.array[..., 0])
    np.testing.assert_allclose(more[..., 1], expected / thickness * factor)
    assert not more[..., [0, 2]].any()


def test_no_torque_where_there_is_no_magnet(device_card, experiment_card):
    device = device_card({"spin_hall_layer.field_like_spin_hall_angle": 0.1})
    unit = disc(device, experiment_card(), 40e-9, 5e-9, 10)
    system = isolated_system(device, unit, np.array([0.0, 0.0, 1.0]), 1e11)
    field = oommf.translate(system).energy.zeeman.H.array[:, :, 0]
    applied = system.energy.zeeman.H.array[:, :, 0]
    assert np.isfinite(field).all()
    np.testing.assert_allclose(field[~unit.inside], applied[~unit.inside])
    assert (abs(field - applied)[unit.inside].max(axis=-1) > 0).all()


def test_without_current_the_polarisation_is_still_a_unit_vector(film):
    translated = oommf.translate(film(0, current=0.0, thermal=0.0)[0])
    (term,) = [t for t in translated.dynamics if type(t).__name__ == "Slonczewski"]
    np.testing.assert_allclose(np.linalg.norm(term.mp.array, axis=-1), 1)
    assert not term.J.array.any()


def test_stiffness_whose_sign_oommf_would_lose(film):
    system, _ = film(0)
    system.energy.exchange.A.array[0, 0, 0] = -1e-12
    with pytest.raises(EngineError, match=r"expected A >= 0 everywhere, got -1e-12"):
        oommf.translate(system)


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Put in OOMMF's place a script that copies files and ends well."""

    def make(files):
        store = tmp_path / "files"
        store.mkdir()
        for name, content in files.items():
            (store / name).write_bytes(content)
        (tmp_path / "oommf").write_text(
            '#!/bin/sh\n[ "$1" = launchhost ] && echo 15136 && exit 0\n'
            f'cp "{store}"/* . 2>/dev/null\necho "Unable to open error log file"\nexit 0\n'
        )
        (tmp_path / "oommf").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    return make


TABLE = b"# ODT 1.0\n1.0 2.0\n3.0 4.0\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "expected a table of 2 rows, got 0; its last lines: Unable to open error log file"),
        ({"film.odt": TABLE[:-5]}, "expected a table of 2 rows, got 1"),
        ({"film.odt": TABLE}, "expected 2 magnetisation files, got 0"),
        ({"film.odt": TABLE, "film-0.omf": b"x", "film-1.omf": b"x"}, "film-0.omf is damaged"),
    ],
    ids=["nothing", "half a table", "no fields", "broken field"],
)
def test_unfinished_output(film, fake, files, message):
    fake(files)
    system, numerics = film(0)
    with pytest.raises(EngineError, match=message) as caught:
        oommf.drive([system], 1e-11, 2, [1], numerics)
    assert "\n" not in str(caught.value)


@needs_oommf
def test_trace_of_both_engines_without_temperature(film):
    duration, outputs = 5e-10, 10
    system, numerics = film(0, current=1.5e12)
    (theirs,) = oommf.drive([system], duration, outputs, [1], numerics)
    (ours,) = embedded.drive([film(0, current=1.5e12)[0]], duration, outputs, [1], numerics)
    assert np.ptp(ours.mean_m[:, 2]) > 0.2
    np.testing.assert_allclose(theirs.time, ours.time)
    np.testing.assert_allclose(theirs.mean_m, ours.mean_m, atol=1e-4)
    np.testing.assert_allclose(theirs.mean_xy, ours.mean_xy, atol=1e-4)


@needs_oommf
def test_seed_repeats_the_thermal_field(film):
    runs = [oommf.drive([film(300)[0]], 5e-12, 2, [seed], film(300)[1])[0].m for seed in (3, 3, 4)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.allclose(runs[0], runs[2], atol=1e-3)


@needs_oommf
def test_mean_of_both_engines_at_a_temperature(film):
    # Films that have forgotten the start; eight seeds each.
    system, numerics = film(300, current=0.0)
    seeds = list(range(8))
    found = []
    for engine in (oommf.drive, embedded.drive):
        driven = engine([film(300, current=0.0)[0] for _ in seeds], 1e-10, 5, seeds, numerics)
        found.append(np.array([one.mean_m[2:, 2].mean() for one in driven]))
    difference = found[0].mean() - found[1].mean()
    error = np.sqrt(sum(values.var(ddof=1) / len(seeds) for values in found))
    assert abs(difference) < 3 * error
    assert error < 0.01
