import dataclasses

import numpy as np
import pytest

from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin
from afterpulse.timeline import protocol, trajectory
from afterpulse.timeline.bench import Bench


@pytest.mark.slow
def test_edges_by_llg_and_by_the_kinetics_switch_the_same_share(device_card, experiment_card):
    device = device_card()
    experiment = experiment_card(
        {
            "replicates": 16,
            "ageing": "1e4 s",
            "hysteresis": None,
            "compare": {},
            "blocking": None,
            "inference": None,
            "trains": {},
            "mechanisms": ["afm_viscosity", "fm_aftereffect"],
            "numerics.window": "200 nm",
            "numerics.cell": "6.25 nm",
            "numerics.llg_time_step": "350 fs",
            "numerics.leading_edge": "1 ns",
            "numerics.trailing_edge": "250 ps",
            "numerics.steps_per_decade": 12,
            "sweep.pulse_amplitude": ["0.6 I_c", "0.8 I_c", "1.0 I_c"],
            "sweep.pulse_width": ["10 us"],
            "sweep.probe_delay": "1 ms",
            "sweep.duration": "1 s",
            "sweep.initialise": ["each"],
        }
    )
    sample = make_sample(device, experiment, np.random.default_rng(8))
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = 1.0
    by_llg = protocol.points(device, experiment)
    assert {point.micromagnetics for point in by_llg} == {"edges"}
    bench = Bench.of_sample(device, experiment, sample, upright, macrospin(device))
    means, errors = [], []
    for edges in ("edges", "none"):
        points = [dataclasses.replace(point, micromagnetics=edges) for point in by_llg]
        chunk = trajectory.run_points(bench, points)
        delay = chunk["delay"].values
        found = []
        for index in range(len(points)):
            late = np.where(chunk["stage"].values[index] == "wait", delay[index], np.inf)
            steps = [np.argmin(np.abs(late - wanted)) for wanted in (1e-8, 1e-3, 1.0)]
            states = chunk["unit_state"].values[index, steps]
            found.append(states @ (sample.unit_area / sample.unit_area.sum()))
        amplitude = np.array([point.pulses[0].amplitude for point in points])
        for value in np.unique(amplitude):
            one = np.array(found)[amplitude == value]
            means.append(one.mean(axis=0))
            errors.append(one.std(axis=0, ddof=1) / np.sqrt(len(one)))
    llg, kinetics = np.array(means).reshape(2, 3, 3)
    error = np.hypot(*np.array(errors).reshape(2, 3, 3))
    assert np.ptp(kinetics) > 0.8
    np.testing.assert_array_less(error, 0.06)
    assert (np.abs(llg - kinetics) <= 3.0 * error).all()
