import numpy as np
import pandas as pd
import pytest

from afterpulse.datasets import DatasetError
from afterpulse.timeline import protocol
from afterpulse.timeline.plan import plan, points_of_chunk, read_plan, rows_of, write_plan

SWEEP = {
    "replicates": 2,
    "inference": None,
    "numerics.points_per_chunk": 5,
    "sweep.pulse_amplitude": ["0.5 I_c", "3 mA"],
    "sweep.pulse_width": ["10 us", "1 ms", "10 ms"],
}


@pytest.fixture
def cards(device_card, experiment_card):
    return device_card(), experiment_card(SWEEP)


@pytest.mark.parametrize("most", [1, 5, 100])
def test_chunks_hold_all_points_once_and_one_protocol_each(device_card, experiment_card, most):
    experiment = experiment_card(SWEEP | {"numerics.points_per_chunk": most})
    table = plan(device_card(), experiment, None)
    assert table["point"].is_unique
    assert len(table) == len(protocol.points(device_card(), experiment))
    # 2 amplitudes, 3 widths, 2 replicates; a walk has its amplitudes in one point; the
    # comparison and the train have two sets of mechanisms.
    assert dict(table["protocol"].value_counts()) == {
        "sweep": 12,
        "walk": 6,
        "compare": 24,
        "ltp": 4,
    }
    by_chunk = table.groupby("chunk")
    assert by_chunk.size().max() <= most
    assert (by_chunk["protocol"].nunique() == 1).all()
    assert len(by_chunk) == {1: 46, 5: 3 + 2 + 5 + 1, 100: 4}[most]


def test_chunk_has_points_of_one_sample(device_card, experiment_card):
    card = SWEEP | {"samples": 3, "numerics.points_per_chunk": 100}
    table = plan(device_card(), experiment_card(card), None)
    assert len(table) == 3 * 46
    assert (table.groupby("chunk")["sample"].nunique() == 1).all()
    # Points of the first sample are those of an experiment with one.
    first = plan(device_card(), experiment_card(SWEEP), None)
    assert set(first["point"]) == set(table.loc[table["sample"] == 0, "point"])


@pytest.mark.parametrize(("micromagnetics", "own"), [("edges", 12), ("none", 0)])
def test_a_comparison_without_edges_by_llg_has_the_points_of_the_sweep(
    device_card, experiment_card, micromagnetics, own
):
    card = experiment_card(SWEEP | {"numerics.micromagnetics": micromagnetics})
    table = plan(device_card(), card, None)
    counts = table.groupby("protocol")["mechanism_set"].value_counts()
    assert counts["compare"].get("card", 0) == own
    rows = rows_of(table, "compare")
    assert dict(rows["mechanism_set"].value_counts()) == {"card": 12, "frozen_grains": 12}
    assert set(rows["protocol"]) == ({"compare"} if own else {"compare", "sweep"})
    # Nothing is computed twice.
    same = ["mechanism_set", "replicate", "micromagnetics", "first_amplitude_A", "first_width_s"]
    single = table[table["protocol"].isin(["sweep", "compare"])]
    assert not single.duplicated(same).any()


def test_row_of_the_plan(cards):
    last = plan(*cards, None).iloc[-1]
    assert (last["protocol"], last["mechanism_set"]) == ("ltp", "frozen_grains")
    assert last["pulses"] == 3
    assert last["simulated_time_s"] == pytest.approx(1 + 1 + 1e-3 + 5)
    critical = cards[0].critical_current
    assert last["first_amplitude_A"] == pytest.approx(0.9 * critical)


def test_planning_again_changes_nothing(cards, tmp_path):
    first = plan(*cards, None)
    write_plan(first, tmp_path / "plan.csv")
    written = (tmp_path / "plan.csv").stat().st_mtime_ns
    again = plan(*cards, read_plan(tmp_path / "plan.csv"))
    pd.testing.assert_frame_equal(again, first)
    write_plan(again, tmp_path / "plan.csv")
    assert (tmp_path / "plan.csv").stat().st_mtime_ns == written


def test_points_that_join_leave_the_others_in_their_chunks(cards, experiment_card):
    first = plan(*cards, None)
    more = experiment_card(
        SWEEP
        | {"sweep.pulse_amplitude": ["0.5 I_c", "0.7 I_c", "3 mA"], "numerics.points_per_chunk": 3}
    )
    second = plan(cards[0], more, first)
    # A walk goes over other amplitudes now, so it is another one.
    stay = first[first["protocol"] != "walk"]
    both = second.merge(stay, on="point", suffixes=("", "_first"))
    assert len(both) == len(stay)
    assert (both["chunk"] == both["chunk_first"]).all()
    joined = second[~second["point"].isin(first["point"])]
    assert not set(joined["chunk"]) & set(first["chunk"])
    assert joined[joined["protocol"] != "walk"].shape[0] == 6 + 12
    assert joined.groupby("chunk").size().max() == 3


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({"title": "Another"}, 0.0),
        ({"replicates": 1}, 0.0),
        ({"numerics.points_per_chunk": 7}, 0.0),
        ({"sweep.pulse_width": ["1 ms"]}, 0.0),
        ({"seed": 2}, 1.0),
        ({"ageing": "2 s"}, 1.0),
        ({"numerics.steps_per_decade": 5}, 1.0),
        ({"mechanisms": ["afm_viscosity", "fm_aftereffect", "resistance_drift"]}, None),
    ],
)
def test_names_follow_from_what_is_computed(cards, experiment_card, changes, changed):
    before = plan(*cards, None)
    after = plan(cards[0], experiment_card(SWEEP | changes), None)
    new = ~after["point"].isin(before["point"])
    if changed is None:
        # The set that is compared with has mechanisms of its own.
        assert (new == (after["mechanism_set"] == "card")).all()
    else:
        # Walks and trains have no width of the sweep's.
        assert new.mean() == changed


def test_device_counts_without_its_sources(cards, device_card):
    before = plan(*cards, None)
    texts = cards[0].model_dump(mode="json")
    texts["ferromagnet"]["damping"]["source"] = "somebody else"
    texts["description"] = "another text"
    same = plan(type(cards[0]).model_validate(texts), cards[1], None)
    assert list(same["point"]) == list(before["point"])
    other = plan(device_card({"ferromagnet.damping": 0.3}), cards[1], None)
    assert not set(other["point"]) & set(before["point"])


def test_points_of_a_chunk(cards):
    table = plan(*cards, None)
    found = {}
    for chunk in table["chunk"].unique():
        planned, named = points_of_chunk(*cards, table, chunk)
        found |= dict(zip(named, planned, strict=True))
    assert found == dict(zip(table["point"], protocol.points(*cards), strict=True))


def test_jobs_share_strong_pulses_and_cut_few_replicates(device_card, experiment_card):
    squares = [
        squared_shift_of_a_cut(device_card(), experiment_card, 0.3 + 0.001 * n) for n in range(8)
    ]
    # 99.9 % quantile of chi-squared of eight degrees of freedom.
    assert sum(squares) < 26.1


def squared_shift_of_a_cut(device, experiment_card, lowest):
    """Squared shift of the amplitudes in half of a cut replicate, over its variance."""
    experiment = experiment_card(
        SWEEP
        | {
            "sweep.pulse_amplitude": [f"{lowest + 0.01 * i} I_c" for i in range(50)],
            "sweep.pulse_width": ["1 ms"],
            "sweep.initialise": ["each"],
            "replicates": 3,
            "compare": {},
            "trains": {},
            "inference": None,
            "numerics.points_per_chunk": 75,
        }
    )
    table = plan(device, experiment, None)
    by_chunk = table.groupby("chunk")
    assert len(by_chunk) == 2
    assert (by_chunk["replicate"].nunique() == 2).all()
    cut = table[table["replicate"] == 1].groupby("chunk")["first_amplitude_A"]
    assert (cut.size() == 25).all()
    # A random half of n = 50 amplitudes has the variance 1/n of theirs about their mean.
    amplitudes = table["first_amplitude_A"]
    deviation = amplitudes.std(ddof=0) / np.sqrt(50)
    return float(((cut.mean() - amplitudes.mean()) / deviation).iloc[0] ** 2)


@pytest.mark.parametrize("text", ["", "point\n1\n", "\0\1", "a,b\n1,2,3\n4\n"])
def test_file_that_is_no_plan_is_named(tmp_path, text):
    (tmp_path / "plan.csv").write_text(text)
    with pytest.raises(DatasetError, match=r"plan\.csv: expected a plan"):
        read_plan(tmp_path / "plan.csv")
