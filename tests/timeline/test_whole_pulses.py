"""Whole pulses and the time after them by LLG, on both engines."""

import dataclasses
import os
import shutil
from copy import deepcopy

import numpy as np
import pytest

from afterpulse.cards.experiment import Mechanisms
from afterpulse.engines import engine_of
from afterpulse.engines.quiet_film import QuietFilm
from afterpulse.kinetics.segment import run_segment
from afterpulse.kinetics.state import initial_state
from afterpulse.timeline import llg_schedule, llg_stage, protocol, reduction, trajectory
from afterpulse.timeline.rules import with_plan

needs_oommf = pytest.mark.skipif(
    shutil.which("oommf") is None or os.geteuid() == 0,
    reason="no oommf command, or root, whom OOMMF refuses",
)


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


def run(bench, points=None):
    planned = protocol.points(bench.device, bench.experiment)
    return trajectory.run_points(bench, planned if points is None else points)


def test_pulse_and_throughout_agree_as_long_as_llg_computes_both(bench):
    """One film, one thermal field: the kinetics take over at `trailing_edge`."""
    whole = run(bench({}))
    handed = run(bench({"numerics.micromagnetics": "pulse", "numerics.trailing_edge": "100 ps"}))
    for name in ("time", "magnetisation_z", "anomalous_hall_voltage", "wall_length"):
        ours, theirs = whole[name].values[0], handed[name].values[0]
        by_llg = np.isin(handed["stage"].values[0], ["start", "plateau"])
        np.testing.assert_array_equal(ours[: by_llg.sum()], theirs[by_llg])
    assert "kinetics" not in whole["engine"].values[0, 1:]
    late = handed["stage"].values[0] == "wait"
    assert set(handed["engine"].values[0, late]) == {"kinetics"}
    assert np.isnan(handed["wall_length"].values[0, late]).all()


def test_sweep_has_delays_of_picoseconds(bench):
    own = bench({})
    dataset = reduction.sweep_dataset(
        [with_plan(run(own), own, protocol.points(own.device, own.experiment), ["p0"])], 1.0
    )
    assert dataset["delay"].values[0] == pytest.approx(2e-12)
    assert dataset["delay"].values[-1] == pytest.approx(500e-12)
    for name in ("wall_length", "exchange_energy", "thermal_spin_current_density", "current"):
        assert np.isfinite(dataset[name].values).all()
    # The current falls within the rise time.
    current = dataset["current"].values.ravel()
    late = dataset["delay"].values > 20.1e-12
    assert (current[~late] > 0).all()
    assert not current[late].any()


def test_whole_pulses_do_not_depend_on_their_chunk(bench):
    own = bench(
        {"replicates": 2, "sweep.pulse_amplitude": ["0.5 I_c", "2 I_c"], "sweep.duration": "200 ps"}
    )
    planned = protocol.points(own.device, own.experiment)
    together, alone = run(own), run(own, [planned[-1]])
    for name, variable in alone.data_vars.items():
        np.testing.assert_array_equal(variable.values[0], together[name].values[-1])


@pytest.mark.parametrize("frozen", [True, False])
def test_grains_turn_as_by_the_kinetics(frozen, bench):
    """A hot film on grains set against it: their mean order after the kinetics of the same time."""
    hot = {"heat_path.ambient_temperature": "560 K", "antiferromagnet.grain_diameter": "8 nm"}
    own = bench(
        {
            "numerics.frozen_grains": frozen,
            "sweep.pulse_amplitude": ["1e-6 mA"],
            "replicates": 4,
            "ageing": "0 s",
        },
        hot,
    )
    found = run(own)["grain_order"].values[:, -1]
    if frozen:
        assert (found == 1).all()
        return
    state = initial_state(own.film, own.experiment)
    conditions = own.conditions(protocol.points(own.device, own.experiment)[0])
    held = dataclasses.replace(conditions, mechanisms=Mechanisms(("afm_viscosity",)))
    orders = []
    for seed in range(20):
        copy = deepcopy(state)
        record = run_segment(own.film, copy, held, np.array([800e-12]), np.random.default_rng(seed))
        orders.append(record.grain_order[-1])
    expected, spread = np.mean(orders), np.std(orders, ddof=1)
    assert expected < 0.999
    assert abs(found.mean() - expected) < 3 * spread * np.hypot(1 / 2, 1 / np.sqrt(20))


def test_steps_that_are_cut_for_the_temperature_take_their_time(bench):
    """Changes of 1 mK are less than those between outputs, so that most outputs are cut."""
    own = bench({"numerics.temperature_step": "1 mK", "sweep.pulse_width": ["100 ps"]})
    (point,) = protocol.points(own.device, own.experiment)
    density = own.device.current_density(point.pulses[0].amplitude)
    planned = llg_schedule.steps(
        own.device,
        np.zeros(len(own.device.heat_path.stages)),
        density,
        llg_schedule.llg_outputs(point, point.pulses[0], own.experiment.numerics)[0],
        1e-3,
    )
    assert not all(step.stored for step in planned)
    time = run(own)["time"].values[0]
    assert time[-1] == pytest.approx(600e-12)
    # Ramps of ten parts, and outputs 50 ps apart after them.
    assert time[:12] == pytest.approx([*np.linspace(0, 20e-12, 11), 60e-12])
