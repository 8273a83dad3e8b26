import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("in_empty_folder")
def test_first_example_runs(capsys):
    text = (ROOT / "docs" / "calculator.md").read_text()
    example = re.search(r"```python\n(.*?)```", text, flags=re.DOTALL).group(1)
    names = {}
    exec(example, names)
    assert "mz" in capsys.readouterr().out
    # The film is still a film, and its directory is gone.
    assert names["system"].m.orientation.mean()[2] > 0.8
    assert not Path("film").exists()


def test_what_users_call_is_explained():
    text = (ROOT / "docs" / "calculator.md").read_text()
    drivers = ("TimeDriver", "MinDriver", "HysteresisDriver", "AdaptiveEvolver", "ThermalEvolver")
    functions = ("drive_batch", "relax_batch", "minimum_energy_path", "compute", "delete")
    for name in (*drivers, *functions, "checkpoint", "temperature_in_space", "temperature_in_time"):
        assert name in text
