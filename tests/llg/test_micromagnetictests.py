"""ubermag's own tests of a calculator."""

import importlib.util
import inspect
import shutil
from types import SimpleNamespace

import pytest
from micromagnetictests.calculatortests import *  # noqa: F403

from afterpulse import llg

NOT_OURS = {
    "TestTimeDriver.test_output_files": "asks for OOMMF's .mif file",
    "TestMinDriver.test_output_files": "asks for OOMMF's .mif file",
}
# The tests take a calculator with a RelaxDriver for mumax3 and then expect its limits, such as no
# D2d DMI, or what OOMMF has not, such as demagnetisation in a film that is periodic in a plane.
LIKE_MUMAX3 = {"test_relaxdriver", "test_relax_check_for_energy", "TestDemag.test_demag_2_pbc"}

pytestmark = pytest.mark.filterwarnings("ignore:.*belongs to OOMMF")


@pytest.fixture
def calculator(request, in_empty_folder):
    name = ".".join(filter(None, [getattr(request.cls, "__name__", ""), request.node.name]))
    if name in NOT_OURS:
        pytest.skip(NOT_OURS[name])
    if name == "test_schedule" and shutil.which("oommf") is None:
        pytest.skip("there is no oommf command, which this test takes for a scheduler")
    if "tcl_strings" in inspect.getsource(request.function) and not importlib.util.find_spec(
        "tkinter"
    ):
        pytest.skip("this Python has no Tcl")
    if name in LIKE_MUMAX3:
        return llg
    return SimpleNamespace(
        **{key: getattr(llg, key) for key in llg.__all__ if key != "RelaxDriver"}
    )
