import re
from pathlib import Path

import pytest

from afterpulse import llg

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


def test_every_public_name_is_documented():
    text = (ROOT / "docs" / "calculator.md").read_text()
    missing = [name for name in llg.__all__ if not getattr(llg, name).__doc__]
    assert missing == []
    for name in ("TimeDriver", "MinDriver", "HysteresisDriver", "drive_batch", "relax_batch"):
        assert name in text
