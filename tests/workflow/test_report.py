"""The front page of Snakemake's report, and what stands beside its tables."""

import re
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
import yaml
from docutils.core import publish_parts

from afterpulse.datasets.cards import card_text

WORKFLOW = Path(__file__).parents[2] / "workflow"
PAGE = WORKFLOW / "report/workflow.rst"


@pytest.fixture
def page(device_card, experiment_card):
    text = "</pre><script>alert(1)</script>\u2028.. raw:: html"
    device = device_card().model_copy(update={"description": text})
    cards = {"device": card_text(device), "experiment": card_text(experiment_card())}
    assert yaml.safe_load(cards["device"])["description"] == text
    currents = {
        "holding": 2e10,
        "heat_flux": {"0.5 s": 1e-5, "10 s": 3e-8},
        "available": {"0.5 s": -1e-6, "10 s": -4e-9},
    }
    config = {
        "device": "pt_co_irmn",
        "experiment": "tiny",
        "cards": cards,
        "thermal_spin_currents": currents,
    }
    # As Snakemake renders it.
    template = jinja2.Template(
        PAGE.read_text(encoding="utf-8"), trim_blocks=True, lstrip_blocks=True
    )
    return template.render(snakemake=SimpleNamespace(config=config))


def test_cards_are_on_the_front_page(page):
    assert "attempt_frequency:" in page
    assert "steps_per_decade:" in page


def test_thermal_spin_currents_are_on_the_front_page(page):
    html = publish_parts(page, writer_name="html")["body"]
    assert "system-message" not in html
    assert "2e+10</tt> A/m²" in html
    cells = re.findall("<td>(.*)</td>", html.replace("\u2212", "-"))
    assert cells == ["0.5 s", "1e-05", "-1e-06", "-5e-17", "10 s", "3e-08", "-4e-09", "-2e-19"]


def test_text_of_a_card_is_not_markup(page):
    assert "<script" not in page
    body = page.split(".. raw:: html", 1)[1]
    assert all(line.startswith("    ") for line in body.splitlines() if line.strip())


def test_each_table_has_a_caption_of_its_own():
    rules = "".join(path.read_text(encoding="utf-8") for path in WORKFLOW.glob("rules/*.smk"))
    lists = re.findall(r"TABLES \+= (\[.*\])", rules)
    names = re.findall('"([a-z]+)"', " ".join(lists)) + ["variants"]
    assert {"retention", "trains", "networks"} <= set(names)
    template = jinja2.Template((WORKFLOW / "report/table.rst").read_text(encoding="utf-8"))
    captions = [
        template.render(snakemake=SimpleNamespace(wildcards=SimpleNamespace(table=name))).strip()
        for name in names
    ]
    assert all(captions)
    assert len(set(captions)) == len(captions)
