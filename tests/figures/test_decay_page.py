import re
from html.parser import HTMLParser

import numpy as np
import pytest
from typer.testing import CliRunner

from afterpulse import datasets
from afterpulse.cli import app
from afterpulse.figures import decay_page

NAME = "<img src=x onerror=alert(1)>.csv"
PULSE = ["--pulse-start", "1 s", "--pulse-width", "1 ms", "--pulse-amplitude", "2 mA"]


class Page(HTMLParser):
    """Tags, addresses and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "data")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results for a file whose name and columns hold HTML; a single exponential made it."""
    folder = tmp_path_factory.mktemp("page")
    time = np.concatenate([np.arange(0, 1, 0.1), 1.001 + np.arange(0.1, 20.05, 0.2)])
    change = np.where(time > 1, -12 - 18 * np.exp(-(time - 1.001) / 3.0), 0.0)
    noise = np.random.default_rng(2).normal(scale=0.2, size=(2, time.size))
    rows = np.column_stack([time, *(45 + change + noise)])
    header = "time (s),<script>alert(1)</script> 1 (uV),<script>alert(1)</script> 2 (uV)"
    np.savetxt(folder / NAME, rows, delimiter=",", header=header, comments="", fmt="%.6f")
    command = ["fit", str(folder / NAME), *PULSE, "--output", str(folder / "out")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    return folder / "out"


def test_text_of_files_is_no_html(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert set(page.tags) & {"script", "iframe", "object", "link", "form"} == set()
    assert page.tags.count("img") == 1
    assert all(one.startswith("data:image/png;base64,") for one in page.addresses)
    assert NAME in page.text
    assert "'<script>alert(1)</script> 1' (uV)" in page.text


def test_page_has_model_evidence_table_and_citation(folder):
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    fits = datasets.read(folder / "decay.nc").isel(pulse=0)
    assert fits["chosen_model"].item() == "single_exponential"
    time_constant = fits["parameter_value"].sel(
        model="single_exponential", parameter="time_constant"
    )
    assert abs(time_constant.item() - 3.0) < 0.3
    for part in (
        "Chosen model: single exponential,",
        f"{time_constant.item():.4g} s",
        "How to cite",
        f"afterpulse {datasets.version('afterpulse')}, commit {fits.attrs['git_state']}",
        "repeats: 2",
        *decay_page.EVIDENCE,
    ):
        assert part in page.text, part
    (bold,) = re.findall(r'<tr class="chosen"><td>(.*?)</td>', (folder / "report.html").read_text())
    assert bold == "single exponential"


def test_evidence_is_that_of_the_criteria(folder):
    fits = datasets.read(folder / "decay.nc").isel(pulse=0)
    fits["akaike_difference"][:] = [3.0, 0.0, np.nan, 2 * np.log(3), 80.0, 90.0, 100.0]
    rows = decay_page.evidence_rows(fits)
    names = [str(name).replace("_", " ") for name in fits["model"].values]
    # Likelihoods of e^-1.5, 1 and 1/3; the model without a fit comes last.
    assert [row[0] for row in rows] == [names[i] for i in (1, 3, 0, 4, 5, 6, 2)]
    total = np.exp(-1.5) + 1 + 1 / 3
    expected = [f"{weight / total:.3f}" for weight in (1, 1 / 3, np.exp(-1.5))]
    assert [row[3] for row in rows[:4]] == [*expected, "< 0.001"]
    assert rows[-1][2:6] == ("no fit", "", "", "")
    # A single exponential has an amplitude, a time constant and an offset.
    assert rows[0][1] == "3"


def test_refused_pulse_has_reasons_in_place_of_evidence(folder):
    fits = datasets.read(folder / "decay.nc").isel(pulse=0)
    empty = fits.assign(akaike_difference=np.nan * fits["akaike_difference"])
    assert {row[2] for row in decay_page.evidence_rows(empty)} == {"no fit"}


def test_law_of_a_model():
    expected = "offset + amplitude exp(-(time / time_constant)**exponent)"
    assert decay_page.law("stretched_exponential") == expected
    assert decay_page.law("") == ""
