"""Stored magnetisation fields: times, values, file, and refusals before anything is computed."""

import json
import re
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import discretisedfield as df
import numpy as np
import pytest
import xarray as xr

from afterpulse import datasets
from afterpulse.cards import CardError
from afterpulse.cards.numerics import Fields
from afterpulse.engines.hand_over import to_units
from afterpulse.engines.observables import wall_length
from afterpulse.timeline import llg_schedule, protocol, stored_fields
from afterpulse.timeline.llg_schedule import Output
from afterpulse.timeline.plan import plan
from afterpulse.timeline.trajectory import run_points
from afterpulse.workflow.process import mendable

ROOT = Path(__file__).parents[2]
# Outputs are 50 ps apart to the end.
TWO = {
    "numerics.steps_per_decade": 100,
    "numerics.fields": {"keep": "all", "interval": "100 ps"},
    "sweep.pulse_width": ["100 ps", "300 ps"],
    "numerics.points_per_chunk": 2,
}
# Six and eight snapshots of 16 x 16 cells (B).
SIZE = 14 * 16 * 16 * 3 * 4


def kept_times(width, duration, fields, numerics, last=True):
    """Times of outputs from the start of a pulse on (s), and those whose fields are kept."""
    stages = (
        llg_schedule.pulse_outputs(width, numerics),
        llg_schedule.wait_outputs(duration, numerics),
    )
    leading, trailing = stored_fields.mark_kept(stages, width, fields, last)
    times = [each.end for each in leading] + [width + each.end for each in trailing]
    marks = [each.kept for each in (*leading, *trailing)]
    return np.array(times), np.array(times)[marks]


@pytest.mark.parametrize("interval", ["20 ps", "70 ps", "1 ns", "3 ns", "1 us"])
def test_kept_outputs_are_nearest_to_multiples_of_the_interval(experiment_card, interval):
    numerics = experiment_card(
        {"numerics.output_interval": "20 ps", "numerics.rise_time": "50 ps"}
    ).numerics
    fields = Fields(keep="all", interval=interval)
    times, kept = kept_times(1e-9, 19.5e-9, fields, numerics)
    multiples = fields.interval * np.arange(1, times[-1] / fields.interval + 1e-6)
    nearest = {float(times[np.argmin(abs(times - each))]) for each in multiples}
    assert set(kept) == nearest | {times[-1]}
    _, kept = kept_times(1e-9, 19.5e-9, Fields(keep="final"), numerics)
    assert list(kept) == [times[-1]]
    for none in (None, Fields(keep="none")):
        assert kept_times(1e-9, 19.5e-9, none, numerics)[1].size == 0
    assert kept_times(1e-9, 19.5e-9, Fields(keep="final"), numerics, last=False)[1].size == 0


def test_calls_of_the_engine_keep_the_marked_outputs(device_card):
    """Outputs 1 ns apart, the first of them too hot for a call."""
    device = device_card(stages=[("1e-7 K*m^2/W", "20 ns")])
    density = np.sqrt(400 / 1e-7 / device.areal_power(1.0))
    rise, outputs = np.zeros(1), [Output(1e-9 * n, 1.0, n in (1, 40, 120)) for n in range(1, 121)]
    planned = llg_schedule.steps(device, rise, density, outputs, 10.0)
    plain = [Output(output.end, output.current) for output in outputs]
    unmarked = llg_schedule.steps(device, rise, density, plain, 10.0)
    assert [step._replace(kept=()) for step in planned] == list(unmarked)
    assert any(not step.stored for step in planned)
    ends, kept = 0.0, []
    for step in planned:
        kept += [ends + step.duration * (i + 1) / step.outputs for i in step.kept]
        ends += step.duration
    assert kept == pytest.approx([1e-9, 40e-9, 120e-9])


def test_fields_are_those_of_the_series_and_change_nothing(bench):
    own = bench(TWO)
    planned = protocol.points(own.device, own.experiment)
    plain = run_points(own, planned)
    found = run_points(replace(own, fields=own.experiment.numerics.fields), planned)
    xr.testing.assert_identical(found.drop_dims(["snapshot", "x", "y", "component"]), plain)
    fields = found["magnetisation"]
    assert (fields.dtype, fields.shape[2:]) == (np.float32, (16, 16, 3))
    counts = found["snapshot_time"].notnull().sum("snapshot").values
    assert list(counts) == [6, 8]
    for point, count in enumerate(counts):
        times = found["snapshot_time"].values[point]
        assert times[:count] == pytest.approx(100e-12 * np.arange(1, count + 1), abs=25e-12)
        assert np.isnan(fields.values[point, count:]).all()
        for index in range(count):
            m = fields.values[point, index]
            np.testing.assert_allclose(np.linalg.norm(m, axis=-1), 1, atol=1e-6)
            # Two stages meet at the end of the pulse.
            step = int(np.flatnonzero(plain["time"].values[point] == times[index])[0])
            at = plain.isel(point=point, step=step)
            assert (to_units(own.sample, m) == at["unit_state"].values).all()
            length = wall_length(m[..., 2].astype(float), own.sample.cell)
            assert length == pytest.approx(float(at["wall_length"]), rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("kind", ["throughout", "pulse"])
def test_final_field_is_the_last_by_llg(bench, kind):
    own = bench({"numerics.micromagnetics": kind, "numerics.trailing_edge": "100 ps"})
    planned = protocol.points(own.device, own.experiment)
    found = run_points(replace(own, fields=Fields(keep="final")), planned)
    by_llg = found["engine"].values[0] == "embedded"
    assert found["snapshot_time"].values == found["time"].values[0, by_llg][-1]


@pytest.fixture
def files(chunk_job, tmp_path):
    return chunk_job(TWO)(tmp_path)


def test_file_has_the_documented_variables_units_and_points(files):
    series, stored = files
    document = (ROOT / "docs/data.md").read_text()
    section = document.split("\n### `fields/<chunk>.nc`\n")[1].split("\n### ")[0]
    listed = {
        (name, () if dims == "none" else tuple(dims.split(", ")))
        for dims, names in re.findall(r"^\| ([a-z_, ]+) \| (`.*`) \|$", section, re.MULTILINE)
        for name in re.findall("`([a-z_]+)`", names)
    }
    with xr.open_dataset(stored, chunks={}) as fields, datasets.opened(series) as points:
        assert {(name, of.dims) for name, of in fields.variables.items()} == listed
        assert all({"units", "long_name"} <= {*of.attrs} for of in fields.variables.values())
        assert [fields[name].attrs["units"] for name in ("magnetisation", "time", "x")] == [
            "1",
            "s",
            "m",
        ]
        # A snapshot is read alone.
        assert fields["magnetisation"].chunks is not None
        assert fields["magnetisation"].dtype == np.float32
        assert list(fields["point"].values) == list(points["point"].values)
        assert set(points.dims) == {"point", "step", "unit", "pulse_number"}
        for time, all_times in zip(fields["time"].values, points["time"].values, strict=True):
            assert set(time[np.isfinite(time)]) <= set(all_times)


def test_discretised_field_has_the_mesh_and_the_values(files, device_card):
    _, stored = files
    with datasets.opened(stored) as fields:
        name = str(fields["point"].values[0])
        m = datasets.discretised(fields, name, -1)
        count = int(fields["time"][0].notnull().sum())
        same = datasets.discretised(fields, 0, count - 1)
        values = fields["magnetisation"].values[0, count - 1]
        assert isinstance(m, df.Field)
        assert m.allclose(same)
        for point, snapshot in ((0, count), (0, -count - 1), ("p0", 0)):
            with pytest.raises(IndexError):
                datasets.discretised(fields, point, snapshot)
    thickness = device_card().ferromagnet.thickness.value
    assert m.mesh.region.pmin == pytest.approx(np.zeros(3))
    assert m.mesh.region.pmax == pytest.approx([100e-9, 100e-9, thickness])
    assert tuple(m.mesh.n) == (16, 16, 1)
    np.testing.assert_array_equal(m.array[:, :, 0], values)
    # The cell at 40 nm to 46.25 nm along x and 0 to 6.25 nm along y.
    assert m((43e-9, 3e-9, thickness / 2)) == pytest.approx(values[6, 0])


def test_example_of_the_document_runs(files, tmp_path, monkeypatch):
    folder = tmp_path / "results/pt_co_irmn/nanosecond"
    folder.mkdir(parents=True)
    shutil.move(files[1].parent, folder / "fields")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    document = (ROOT / "docs/data.md").read_text()
    (example,) = [
        each
        for each in re.findall(r"```python\n(.*?)```", document, re.DOTALL)
        if "discretised" in each
    ]
    names = {"xr": xr}
    exec(example, names)
    assert isinstance(names["m"], df.Field)


def test_card_without_fields_stores_none(chunk_job, tmp_path):
    """Also if the workflow asks for the file, since another variant keeps some."""
    series, stored = chunk_job({})(tmp_path)
    with datasets.opened(stored) as fields, datasets.opened(series) as points:
        assert fields.sizes["snapshot"] == 0
        assert list(fields["point"].values) == list(points["point"].values)
        assert json.loads(fields.attrs["experiment_card"])["numerics"]["fields"] is None
    stored.unlink()
    assert not chunk_job({})(tmp_path, fields=False)[1].exists()


def test_full_disk_is_refused_before_the_start_in_one_line(chunk_job, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 10**4, 10**4))
    with pytest.raises(CardError) as refused:
        chunk_job(TWO)(tmp_path)
    (line,) = mendable(refused.value)
    assert line.startswith("tiny: numerics.fields: expected free space of")
    # The file and two checkpoints.
    assert f"{3 * SIZE / 1e6:.3g} MB" in line
    assert "got 0.01 MB" in line
    assert not (tmp_path / "trajectories").exists()
    # Nothing is asked of the disk without fields.
    assert chunk_job({})(tmp_path, fields=False)[0].exists()


def test_size_is_that_of_the_stored_fields(bench):
    own = bench(TWO)
    planned = protocol.points(own.device, own.experiment)
    assert stored_fields.stored_bytes(own.experiment, planned) == SIZE
    edges = [replace(point, micromagnetics="none") for point in planned]
    assert stored_fields.stored_bytes(own.experiment, edges) == 0


def test_plan_refuses_a_chunk_that_is_too_large_in_one_line(bench, monkeypatch):
    own = bench(TWO)
    monkeypatch.setattr(stored_fields, "MOST_BYTES", 40e3)
    with pytest.raises(CardError) as refused:
        plan(own.device, own.experiment, None)
    (line,) = refused.value.faults
    assert re.match(r"tiny: numerics\.fields: expected at most 0\.04 MB .* got 0\.043 MB", line)
    numerics = own.experiment.numerics.model_copy(update={"points_per_chunk": 1})
    halves = own.experiment.model_copy(update={"numerics": numerics})
    assert plan(own.device, halves, None)["chunk"].nunique() == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"numerics.fields": {"keep": "all", "interval": "40 ps"}},
            "at least the output_interval of 5e-11 s, got 4e-11 s",
        ),
        (
            {"numerics.fields": {"keep": "final"}, "numerics.micromagnetics": "edges"},
            "none with micromagnetics: edges, got final",
        ),
    ],
)
def test_fields_that_cannot_be_stored_are_a_card_error(bench, changes, expected):
    with pytest.raises(ValueError, match=expected):
        bench(changes)
    harmless = {"numerics.fields": {"keep": "none", "interval": "1 ps"}}
    assert not bench(changes | harmless).experiment.numerics.keeps_fields
