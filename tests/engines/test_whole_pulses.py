"""Whole pulses and the time after them by LLG, on both engines."""

import os
import shutil

import numpy as np
import pytest

from afterpulse.engines import engine_of
from afterpulse.engines.quiet_film import QuietFilm
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin
from afterpulse.timeline import llg_stage, protocol, trajectory
from afterpulse.timeline.bench import Bench

needs_oommf = pytest.mark.skipif(
    shutil.which("oommf") is None or os.geteuid() == 0,
    reason="no oommf command, or root, whom OOMMF refuses",
)


@pytest.fixture
def bench(device_card, experiment_card):
    def make(changes, device_changes=None):
        device = device_card(device_changes)
        experiment = experiment_card(
            {
                "replicates": 1,
                "compare": {},
                "trains": {},
                "hysteresis": None,
                "blocking": None,
                "inference": None,
                "numerics.window": "100 nm",
                "numerics.cell": "6.25 nm",
                "numerics.llg_time_step": "250 fs",
                "numerics.micromagnetics": "throughout",
                "numerics.rise_time": "20 ps",
                "numerics.output_interval": "50 ps",
                "sweep.pulse_amplitude": ["1.5 I_c"],
                "sweep.pulse_width": ["300 ps"],
                "sweep.probe_delay": "200 ps",
                "sweep.duration": "500 ps",
                "sweep.initialise": ["each"],
                "sweep.refine": None,
                **changes,
            }
        )
        sample = make_sample(device, experiment, np.random.default_rng(4))
        up = np.zeros((*sample.unit_index.shape, 3))
        up[..., 2] = 1.0
        return Bench.of_sample(device, experiment, sample, up, macrospin(device))

    return make


def without_thermal_field(name):
    """The engine of a name at the parameters of the film's temperature, without its noise."""
    engine = engine_of(name)

    def cold(systems, *arguments):
        for system in systems:
            system.T = 0
        return engine(systems, *arguments)

    return cold


@needs_oommf
@pytest.mark.slow
def test_traces_without_noise_are_those_of_oommf(bench, monkeypatch):
    """Current, temperature and thermal spin current change on the way."""
    monkeypatch.setattr(llg_stage, "engine_of", without_thermal_field)
    monkeypatch.setattr(
        QuietFilm, "magnetisation", lambda film, kelvin: np.ones(film.sample.unit_index.shape)
    )
    mechanisms = ["afm_viscosity", "fm_aftereffect", "thermal_spin_torque"]
    heat = {"thermal_spin_torque.conversion": "300 A/W"}
    found = {}
    for name in ("embedded", "oommf"):
        own = bench({"engine": name, "mechanisms": mechanisms}, heat)
        found[name] = trajectory.run_points(own, protocol.points(own.device, own.experiment))
    ours, theirs = found["embedded"], found["oommf"]
    assert float(ours["temperature"].max() - ours["temperature"].min()) > 1
    assert float(abs(ours["thermal_spin_current_density"]).max()) > 1e9
    for axis in "xyz":
        name = f"magnetisation_{axis}"
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-3)
    energy = abs(ours["demagnetising_energy"]).max()
    np.testing.assert_allclose(
        ours["demagnetising_energy"], theirs["demagnetising_energy"], atol=2e-3 * float(energy)
    )
