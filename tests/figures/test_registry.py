import re
import subprocess
import sys
from pathlib import Path

import pytest

from afterpulse import figures
from afterpulse.cards import load_experiment
from afterpulse.figures.registry import FIGURES
from afterpulse.figures.spec import PLACEHOLDERS

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
OF_VARIANTS = {name for name, figure in FIGURES.items() if figure.of_variants}
DRAWN = {
    "tiny": {*FIGURES}
    - {"spacing", "switching", "memory_cell", "protocols", "networks"}
    - OF_VARIANTS,
    "nanosecond": {
        "fig1a",
        "fig1b",
        "switching",
        "retention_map",
        "domains",
        "animation",
        "explore",
        "temperature",
        "calibration",
    },
    "spacing": {"fig2", "spacing", "domains", "animation", "calibration"},
    "deciding": {"fig2", "domains", "animation", "calibration", "deciding"},
    "memory_cell": {"calibration", "memory_cell", "protocols", "networks"},
}


def experiment(name):
    return load_experiment(EXPERIMENTS / f"{name}.yaml")


def drawn(name):
    card = experiment(name)
    return {figure.name for figure in FIGURES.values() if figure.inputs(card)}


def test_every_module_that_declares_a_figure_is_in_the_registry():
    folder = Path(figures.__file__).parent
    declared = {
        path.stem
        for path in folder.glob("*.py")
        if re.search(r"^FIGURE\b.*=", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert declared == {*FIGURES}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_has_a_caption_endings_and_a_way_to_draw_it(name):
    figure = FIGURES[name]
    assert figure.caption.strip().endswith(".")
    assert figure.endings
    assert callable(figure.draw)


@pytest.mark.parametrize("name", FIGURES)
def test_figure_reads_datasets_of_some_experiment_with_known_placeholders(name):
    inputs = {
        pattern
        for path in EXPERIMENTS.glob("*.yaml")
        for pattern in FIGURES[name].inputs(experiment(path.stem))
    }
    assert inputs
    for pattern in inputs:
        assert pattern.endswith(".nc")
        assert set(re.findall(r"{(\w+)}", pattern)) <= {*PLACEHOLDERS}


@pytest.mark.parametrize("name", DRAWN)
def test_experiment_has_the_figures_of_its_card(name):
    assert drawn(name) == DRAWN[name]


def test_only_figures_of_the_report_are_in_the_folder_of_figures():
    assert FIGURES["fig2"].files == ["figures/fig2.png", "figures/fig2.pdf"]
    assert FIGURES["explore"].files == ["explore.html"]


def test_declarations_load_no_plotting_library():
    """The workflow imports them whenever it is parsed, by every job too."""
    code = (
        "import sys, afterpulse.figures.registry\n"
        "print({'matplotlib', 'bokeh', 'jax', 'sklearn'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
