"""The checksum follows what a file stores, whatever it is, and nothing else."""

import h5py
import numpy as np
import pytest
import xarray as xr

from afterpulse.checksum import checksum


def variable(dims, values):
    return xr.DataArray(values, dims=dims, attrs={"units": "1", "long_name": "x"})


@pytest.fixture
def path(tmp_path):
    """File of chunked numbers, numbers in one piece, and texts."""
    drawn = np.random.default_rng(1).random((6, 6))
    dataset = xr.Dataset(
        {
            "chunked": variable(("a", "b"), drawn),
            "whole": variable(("a", "b"), drawn),
            "words": variable("a", np.array(["up", "down", "", "ü", "a" * 300, "x"], dtype=object)),
            "single": variable((), 3.0),
        }
    )
    encoding = {"chunked": {"chunksizes": (2, 3), "zlib": True, "fletcher32": True}}
    dataset.to_netcdf(tmp_path / "a.nc", engine="h5netcdf", encoding=encoding)
    return tmp_path / "a.nc"


def checksum_of(path):
    with h5py.File(path) as file:
        return checksum(file)


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("chunked", (5, 5), 7.0),
        ("whole", (0, 0), 7.0),
        ("words", 2, "y"),
        ("single", (), 7.0),
    ],
)
def test_every_value_counts(path, name, place, value):
    before = checksum_of(path)
    with h5py.File(path, "r+") as file:
        file[name][place] = value
    assert checksum_of(path) != before


def test_names_and_dimensions_count(path):
    first = checksum_of(path)
    with h5py.File(path, "r+") as file:
        file.move("single", "other")
    renamed = checksum_of(path)
    with h5py.File(path, "r+") as file:
        references = file["whole"].attrs["DIMENSION_LIST"]
        file["whole"].attrs["DIMENSION_LIST"] = references[::-1]
    assert len({first, renamed, checksum_of(path)}) == 3


def test_attributes_do_not_count(path):
    before = checksum_of(path)
    with h5py.File(path, "r+") as file:
        file.attrs["note"] = "x"
        file["single"].attrs["note"] = "x"
    assert checksum_of(path) == before


def test_one_turned_bit_of_a_compressed_chunk_counts(path):
    before = checksum_of(path)
    with h5py.File(path) as file:
        chunk = file["chunked"].id.get_chunk_info_by_coord((4, 3))
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + chunk.size // 2] ^= 1
    path.write_bytes(content)
    assert checksum_of(path) != before
