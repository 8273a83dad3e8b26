import pytest


@pytest.fixture
def in_empty_folder(tmp_path, monkeypatch):
    """Drives and computations write where they run."""
    monkeypatch.chdir(tmp_path)
