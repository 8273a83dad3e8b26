import os
import sys

import pytest

from afterpulse.llg.threads import limited_threads

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds threads to cores")


@linux
def test_cores_are_limited_and_given_back():
    before = os.sched_getaffinity(0)
    with limited_threads(1):
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


@linux
def test_cores_are_given_back_after_an_error():
    before = os.sched_getaffinity(0)
    with pytest.raises(RuntimeError), limited_threads(1):
        raise RuntimeError
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize("count", [0, -1, 1.5])
def test_wrong_numbers(count):
    with pytest.raises(ValueError, match="n_threads"), limited_threads(count):
        pass


def test_none_changes_nothing():
    with limited_threads(None):
        pass
