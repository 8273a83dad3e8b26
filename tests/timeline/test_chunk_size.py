import pytest

from afterpulse.timeline import chunk_size


@pytest.mark.parametrize(
    ("work", "cores", "points", "size"),
    [
        # Less than is worth a second job.
        (30.0, 4, 100, 100),
        # All cores, as long as jobs are not too short.
        (90.0, 4, 100, 25),
        (50.0, 4, 100, 50),
        # Longer than the longest job on all cores: a multiple of the cores.
        (2400.0, 4, 1200, 100),
        (2600.0, 4, 1200, 100),
        (2400.0, 3, 1200, 100),
        # A point is not cut.
        (1e6, 2, 5, 1),
    ],
)
def test_jobs_are_long_and_fill_the_cores(monkeypatch, work, cores, points, size):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.setattr(chunk_size, "seconds", lambda *_: work)
    assert chunk_size.chosen_size(None, None, [None] * points) == size
