"""Datasets from formulas, whose verdicts follow from the criteria of `afterpulse.cards.claims`."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from afterpulse import datasets
from afterpulse.cards import CardError
from afterpulse.cards.claims import CLAIMS
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.load import read_card, resolved, validated
from afterpulse.cli import app
from afterpulse.decay import claims as judged
from afterpulse.decay.rules import claims as write_claims

ROOT = Path(__file__).parents[2]
REPEATS = 8
AMPLITUDES = np.linspace(1e-3, 9e-3, 9)
WIDTHS = np.array([1e-5, 1e-3])
STARTS = np.arange(10.0)


def noise(shape, size=0.01):
    """Scatter of equal size at all points: mean 0, standard deviation close to `size`."""
    return size * np.random.default_rng(7).standard_normal(shape)


def sweep(fraction, kept, up=1.0):
    """A sweep with fractions switched (amplitudes, widths) of which `kept` is left later."""
    fraction = np.broadcast_to(fraction, (AMPLITUDES.size, WIDTHS.size))
    change = np.stack([fraction, fraction * kept], axis=-1)[:, :, None]
    change = change + noise((*fraction.shape, REPEATS, 2))
    dims = ("pulse_amplitude", "pulse_width", "replicate", "delay")
    initial = up * np.full(change.shape[:-1], 5e-5)
    return xr.Dataset(
        {
            "anomalous_hall_voltage": (dims, initial[..., None] * (1 - 2 * change)),
            "initial_voltage": (dims[:-1], initial),
        },
        {"pulse_amplitude": AMPLITUDES, "pulse_width": WIDTHS, "delay": [0.5, 10.0]},
    )


def train(change_at, starts=STARTS, width=1e-3, rest=100.0, size=0.01):
    """A train whose change of the voltage at a time is a function of time, with scatter."""
    edges = np.concatenate([starts, starts + width])
    after = (starts[:, None] + width + np.geomspace(1e-5, rest, 60)).ravel()
    last = starts[-1] + width + rest
    time = np.unique(np.concatenate([[-1e-9], edges, after[after <= last], [last]]))
    change = np.array([change_at(t) for t in time]) + noise((REPEATS, 1), size)
    change[:, 0] = 0.0
    return xr.Dataset(
        {"anomalous_hall_voltage": (("replicate", "time"), -5e-5 * (1 - 2 * change))},
        {
            "time": time,
            "pulse_start": ("pulse", starts),
            "pulse_end": ("pulse", starts + width),
        },
    )


SMOOTH = 1 / (1 + np.exp(-(AMPLITUDES - 5e-3) / 0.8e-3))


@pytest.mark.parametrize("up", [1.0, -1.0])
@pytest.mark.parametrize(
    ("fraction", "verdict"),
    [
        (SMOOTH, judged.REPRODUCED),
        # Not the whole film.
        (0.8 * SMOOTH, judged.IN_PART),
        # A single step.
        (np.where(AMPLITUDES > 5e-3, 1.0, 0.0), judged.NOT),
        # Too few levels that the scatter of 0.01/sqrt(8) can tell apart.
        (0.04 * SMOOTH, judged.NOT),
    ],
)
def test_switching(fraction, verdict, up):
    found = judged.judge_switching(sweep(fraction[:, None], 1.0, up))
    assert found.verdict == verdict
    assert found.value == pytest.approx(fraction.max(), abs=3 * 0.01 / np.sqrt(REPEATS))


def test_amplitudes_of_the_other_polarity_that_change_less_do_not_count():
    dataset = sweep(SMOOTH[:, None], 1.0)
    other = dataset.assign_coords(pulse_amplitude=-AMPLITUDES)
    other["anomalous_hall_voltage"] = 5e-5 + 0 * other["anomalous_hall_voltage"]
    both = xr.concat([other, dataset], "pulse_amplitude")
    assert judged.judge_switching(both) == judged.judge_switching(dataset)


@pytest.mark.parametrize(
    ("kept", "verdict"),
    [(0.6, judged.REPRODUCED), (0.95, judged.IN_PART), (1.0, judged.NOT), (1.4, judged.NOT)],
)
def test_decay(kept, verdict):
    found = judged.judge_decay(sweep(SMOOTH[:, None], kept))
    assert found.verdict == verdict
    if verdict != judged.NOT:
        assert found.value == pytest.approx(1 - kept, abs=4 * found.error)


def test_retention_needs_amplitude_and_width():
    tuned = 0.4 + 0.5 * SMOOTH[:, None] * np.array([1.0, 0.5])
    by_amplitude = 0.4 + 0.5 * SMOOTH[:, None] + np.zeros(2)
    assert judged.judge_retention(sweep(SMOOTH[:, None], tuned)).verdict == judged.REPRODUCED
    found = judged.judge_retention(sweep(SMOOTH[:, None], by_amplitude))
    assert found.verdict == judged.IN_PART
    assert judged.judge_retention(sweep(SMOOTH[:, None], 0.7)).verdict == judged.NOT


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        (lambda n: 0.3 * (1 - 0.7**n), judged.REPRODUCED),
        # It rises, but every other reading falls back.
        (lambda n: 0.1 + 0.02 * n - 0.1 * (n % 2), judged.IN_PART),
        (lambda n: 0.2, judged.NOT),
        (lambda n: 0.3 - 0.02 * n, judged.NOT),
    ],
)
def test_potentiation(step, verdict):
    rising = np.random.default_rng(3)
    dataset = train(lambda t: step(np.searchsorted(STARTS, t, "right")))
    # The scatter of a repeat is not the same at all times.
    dataset["anomalous_hall_voltage"] = dataset["anomalous_hall_voltage"] + 1e-7 * xr.DataArray(
        rising.standard_normal((REPEATS, dataset.sizes["time"])), dims=("replicate", "time")
    )
    assert judged.judge_ltp(dataset).verdict == verdict


@pytest.mark.parametrize(
    ("lost", "verdict"), [(0.4, judged.REPRODUCED), (0.05, judged.IN_PART), (0.0, judged.NOT)]
)
def test_relaxation_between_sparse_pulses(lost, verdict):
    starts = 100.0 * np.arange(5)

    def change(t):
        since = t - starts[max(np.searchsorted(starts, t, "left") - 1, 0)]
        return 0.3 * (1 - lost * (since > 50.0)) * (t > 0)

    found = judged.judge_ltd(train(change, starts, size=0.001))
    assert found.verdict == verdict
    assert found.value == pytest.approx(lost, abs=4 * found.error + 1e-12)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("left", "verdict"), [(0.0, judged.REPRODUCED), (0.35, judged.IN_PART), (0.8, judged.NOT)]
)
def test_bursts(sign, left, verdict):
    starts = np.concatenate([[0.0], 1e5 + 0.1 * np.arange(5)])

    def change(t):
        made = 0.2 * sign * (t > starts[-1])
        return 0.4 * (t > 0) + made * (1.0 if t < starts[-1] + 10 else left)

    dataset = train(change, starts, 1e-6, size=0.001)
    # The drift that remains after a day differs between repeats.
    scatter = 1e-7 * np.linspace(-1, 1, REPEATS)[:, None] * (dataset["time"].values > 1e5 + 50)
    dataset["anomalous_hall_voltage"] += xr.DataArray(scatter, dims=("replicate", "time"))
    judge = judged.judge_stp if sign > 0 else judged.judge_std
    found = judge(dataset)
    assert found.verdict == verdict
    assert found.value == pytest.approx(left, abs=0.01)
    opposite = judged.judge_std if sign > 0 else judged.judge_stp
    assert opposite(dataset).verdict == judged.NOT


@pytest.mark.parametrize("name", ["ltp", "ltd", "stp"])
def test_a_change_of_less_than_a_hundredth_is_none(name):
    # The Hall voltage follows the temperature, without any scatter.
    def change(t):
        since = t - STARTS[max(np.searchsorted(STARTS, t, "left") - 1, 0)]
        return 0.004 * np.exp(-since) * (1 + 0.1 * t) * (0 < t)

    assert judged.JUDGES[name](train(change, size=0.0)).verdict == judged.NOT


def test_each_claim_has_a_judge():
    assert set(judged.JUDGES) == set(CLAIMS)


def test_table_has_a_row_for_each_claim_and_set(tmp_path, experiment_card):
    pulses = [{"amplitude": "1.0 I_c", "width": "1 ms", "count": 10, "interval": "1 s"}]
    experiment = experiment_card(
        {
            "claims": ["switching", "ltp"],
            "trains": {"ltp": {"description": "dense", "pulses": pulses, "rest": "100 s"}},
            "sweep.probe_delay": "500 ms",
            "sweep.duration": "10 s",
        }
    )
    names = pd.Index(["card", "none"], name="mechanism_set")
    ahe = sweep(SMOOTH[:, None], 0.6)
    dense = train(lambda t: 0.3 * (1 - 0.7 ** np.searchsorted(STARTS, t, "right")))
    voltages = xr.concat([dense[["anomalous_hall_voltage"]]] * 2, names)
    made = {
        "ahe": ahe,
        "compare": xr.concat([ahe] * 2, names),
        "ltp": voltages.assign({n: dense[n] for n in ("pulse_start", "pulse_end")}),
    }
    card = {"experiment_card": json.dumps(resolved(experiment))}
    paths = {name: str(tmp_path / f"{name}.nc") for name in made}
    for name, path in paths.items():
        datasets.write(datasets.label(made[name]), path, card)
    target = str(tmp_path / "claims.csv")
    write_claims(experiment, [paths["ahe"]], [paths["compare"]], [paths["ltp"]], target)
    table = pd.read_csv(target)
    assert list(zip(table["claim"], table["mechanism_set"], strict=True)) == [
        ("switching", "card"),
        ("switching", "none"),
        ("ltp", "card"),
        ("ltp", "none"),
    ]
    assert set(table["verdict"]) == {judged.REPRODUCED}
    assert list(table["words"]) == [CLAIMS[name].words for name in table["claim"]]


def verdict_rows(*verdicts):
    """Rows of `claims.csv`: claim, set of mechanisms, verdict."""
    return pd.DataFrame(
        [
            {
                "claim": claim,
                "mechanism_set": mechanism_set,
                "verdict": verdict,
                "value": 0.25,
                "error": 0.03,
                "quantity": CLAIMS[claim].quantity,
                "words": CLAIMS[claim].words,
            }
            for claim, mechanism_set, verdict in verdicts
        ]
    )


def test_table_in_markdown(tmp_path):
    rows = verdict_rows(
        ("ltp", "card", "in part"),
        ("ltp", "frozen", "not reproduced"),
        ("ltp", "more", "reproduced"),
        ("std", "card", "not reproduced"),
        ("std", "frozen", "not reproduced"),
    )
    expected = [
        f"| ltp: {CLAIMS['ltp'].words} | in part | {CLAIMS['ltp'].quantity}: 0.25 ± 0.03 "
        "| `frozen` |",
        f"| std: {CLAIMS['std'].words} | not reproduced | {CLAIMS['std'].quantity}: 0.25 ± 0.03 "
        "|  |",
    ]
    assert judged.markdown(rows).splitlines()[2:] == expected

    folders = [tmp_path / "one", tmp_path / "other"]
    for folder, claim in zip(folders, ("ltp", "std"), strict=True):
        folder.mkdir()
        rows[rows["claim"] == claim].to_csv(folder / "claims.csv", index=False)
    result = CliRunner().invoke(app, ["claims", *map(str, folders)])
    assert result.stdout == judged.markdown(rows)
    (folders[0] / "claims.csv").unlink()
    result = CliRunner().invoke(app, ["claims", str(folders[0])])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{folders[0]}/claims.csv: expected ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"claims": ["lpt"]}, 'claims.0: expected "ltp", got an unknown claim'),
        ({"claims": ["std"], "trains": {}}, "claims.0: expected a train std below trains"),
        ({"claims": ["decay"], "sweep": None, "compare": {}}, "claims.0: expected a sweep"),
    ],
)
def test_claims_that_cannot_be_tested_are_refused(changes, message):
    card = read_card(ROOT / "experiments/tiny.yaml") | changes
    with pytest.raises(CardError, match=re.escape(message)):
        validated(Experiment, card, "card")


def test_levels_that_differ_by_next_to_nothing_are_one():
    tiny = [judged.Level(number * 1e-6, 1e-9) for number in range(6)]
    assert judged.distinct(tiny) == 1
    assert judged.distinct([each._replace(mean=1e5 * each.mean) for each in tiny]) == 6
