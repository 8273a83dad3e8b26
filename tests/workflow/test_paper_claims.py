"""The verdicts in README.md are those of the experiments (half an hour on two cores)."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from afterpulse.cards.claims import CLAIMS
from afterpulse.decay.claims import RANKS

ROOT = Path(__file__).parents[2]
EXPERIMENTS = "paper_fig1", "paper_fig2"
ROW = re.compile(r"^\| (\w+): (.*?) \| ([a-z ]+) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def readme():
    """Words and verdict of each claim in README.md."""
    rows = ROW.findall((ROOT / "README.md").read_text())
    return {claim: (words, verdict) for claim, words, verdict, *_ in rows}


def test_readme_has_a_verdict_on_each_claim():
    found = readme()
    assert list(found) == list(CLAIMS)
    for claim, (words, verdict) in found.items():
        assert words == CLAIMS[claim].words
        assert verdict in RANKS


@pytest.mark.slow
def test_verdicts_of_readme(tmp_path):
    snakemake = Path(sys.executable).with_name("snakemake")
    where = ["--snakefile", ROOT / "Snakefile", "--directory", tmp_path]
    verdicts = {}
    for experiment in EXPERIMENTS:
        target = f"results/pt_co_irmn/{experiment}/claims.csv"
        config = ["--config", "device=pt_co_irmn", f"experiment={experiment}"]
        command = [snakemake, target, *where, "--cores", "all", "--quiet", *config]
        subprocess.run(command, check=True, timeout=7200)
        table = pd.read_csv(tmp_path / target)
        own = table[table["mechanism_set"] == "card"]
        verdicts |= dict(zip(own["claim"], own["verdict"], strict=True))
    assert {claim: verdict for claim, (_, verdict) in readme().items()} == verdicts
