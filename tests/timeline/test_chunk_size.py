import numpy as np
import pytest

from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin
from afterpulse.timeline import chunk_size, protocol
from afterpulse.timeline.bench import Bench
from afterpulse.timeline.protocol import Point, TimedPulse
from afterpulse.timeline.trajectory import run_points


@pytest.mark.parametrize(
    ("work", "cores", "points", "size"),
    [
        # Less than is worth a second job.
        (30.0, 4, 100, 100),
        # All cores, as long as jobs are not too short.
        (90.0, 4, 100, 25),
        (50.0, 4, 100, 50),
        # Longer than the longest job on all cores: a multiple of the cores.
        (6000.0, 4, 1200, 100),
        (6500.0, 4, 1200, 100),
        (6000.0, 3, 1200, 100),
        # A point is not cut.
        (1e6, 2, 5, 1),
    ],
)
def test_jobs_are_long_and_fill_the_cores(monkeypatch, work, cores, points, size):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.setattr(chunk_size, "seconds", lambda *_: work)
    monkeypatch.setattr(chunk_size, "state_bytes", lambda *_: 0.0)
    assert chunk_size.chunk_size(None, None, [None] * points) == size


def test_states_of_a_job_fit_in_memory(monkeypatch, device_card, experiment_card):
    device = device_card({"ferromagnet.unit_diameter": "30 nm"})
    experiment = experiment_card({"numerics.window": "6 um", "numerics.steps_per_decade": 10})
    pulse = TimedPulse(1e-3, 1e-5, 10.0)
    points = [Point("sweep", "card", 0, 0, "none", (pulse,), ())] * 950
    # 40,000 units at 10 steps in each of 4 + 10 decades: 28 MB a point, 27 jobs;
    # a multiple of the cores.
    assert chunk_size.state_bytes(device, experiment, points) == pytest.approx(26.6e9)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(chunk_size, "seconds", lambda *_: 30.0)
    assert chunk_size.chunk_size(device, experiment, points) == 34


def test_states_are_estimated_as_they_are_stored(device_card, experiment_card):
    device, experiment = device_card(), experiment_card({"numerics.micromagnetics": "none"})
    sample = make_sample(device, experiment, np.random.default_rng(1))
    upright = np.zeros((*sample.unit_index.shape, 3))
    upright[..., 2] = 1.0
    points = [p for p in protocol.points(device, experiment) if p.protocol == "sweep"][:2]
    bench = Bench.of_sample(device, experiment, sample, upright, macrospin(device))
    chunk = run_points(bench, points)
    stored = chunk["unit_state"].nbytes + chunk["unit_grain_order"].nbytes
    assert chunk_size.state_bytes(device, experiment, points) == pytest.approx(stored, rel=0.5)
