"""Offline page with the decay fits of a measured trace."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import xarray as xr

from afterpulse import datasets
from afterpulse.decay.choice import MARGIN
from afterpulse.decay.models import MODELS, parameters_of
from afterpulse.measured.folder import DATASET, FIGURE, REPORT
from afterpulse.measured.summary import HEADINGS, model_rows, spaced
from afterpulse.measured.units import signal_name, signal_unit

HERE = Path(__file__).parent
EVIDENCE = (
    "model",
    "parameters",
    "AICc difference",
    "Akaike weight",
    "BIC difference",
    "reduced chi-square",
    "remark",
)
LEAST_WEIGHT = 0.001
"""Smallest Akaike weight that is printed."""


def write(summaries: list[list[str]], folder: Path) -> None:
    """Write the page of the fits in a folder.

    Parameters
    ----------
    summaries : list of list of str
        Lines of `afterpulse.measured.summary.summary` for each pulse.
    folder : Path
        Folder of the results, with the dataset and the figures of the pulses.
    """
    text = template("decay_page.html.j2").render(**content(summaries, folder))
    with datasets.whole(folder / REPORT) as beside:
        beside.write_text(text, encoding="utf-8")


def content(summaries: list[list[str]], folder: Path) -> dict[str, Any]:
    """Return the variables of the template; arguments as for `write`."""
    fits = datasets.read(folder / DATASET)
    confidence = f"{100 * fits.attrs['confidence']:g} %"
    return {
        "trace": fits.attrs["measured_trace"],
        "columns": fits.attrs["columns"],
        "signal": signal_name(signal_unit(fits)),
        "confidence": confidence,
        "margin": f"{MARGIN:g}",
        "headings": [*HEADINGS[:-1], f"{confidence} {HEADINGS[-1]}"],
        "evidence_headings": EVIDENCE,
        "pulses": [
            {
                "number": index + 1,
                "summary": lines,
                "chosen": spaced(fits["chosen_model"].values[index]),
                "law": law(str(fits["chosen_model"].values[index])),
                "evidence": evidence_rows(fits.isel(pulse=index)),
                "models": model_rows(fits.isel(pulse=index)),
                "figure": image(folder / f"{FIGURE.format(index + 1)}.png"),
            }
            for index, lines in enumerate(summaries)
        ],
        "versions": versions(fits),
    }


def evidence_rows(fits: xr.Dataset) -> list[tuple[str, ...]]:
    """Return the cells below `EVIDENCE` for each model fitted to one pulse, the best model first.

    Akaike weights are exp(-difference / 2), over their sum (Burnham and Anderson, 2002).
    """
    difference = fits["akaike_difference"].values
    likelihood = np.exp(-0.5 * np.where(np.isnan(difference), np.inf, difference))
    weight = likelihood / (likelihood.sum() or 1.0)
    rows = []
    # NaN, of a model without a fit, comes last.
    for index in np.argsort(difference, kind="stable"):
        model = fits.isel(model=index)
        name = str(model["model"].item())
        cells = [spaced(name), str(len(parameters_of(name)))]
        if np.isnan(difference[index]):
            cells += ["no fit", "", "", ""]
        else:
            cells += [
                f"{difference[index]:.3g}",
                f"{weight[index]:.3f}" if weight[index] >= LEAST_WEIGHT else f"< {LEAST_WEIGHT}",
                f"{model['bayesian_difference'].item():.3g}",
                f"{model['reduced_chi_square'].item():.3g}",
            ]
        rows.append((*cells, str(model["fit_remark"].item())))
    return rows


def law(model: str) -> str:
    """Return what a model is, as its description begins; empty without a model."""
    if not model:
        return ""
    first = str(MODELS[model].__doc__).splitlines()[0]
    return first.removeprefix("Return ").removesuffix(".").replace("`", "")


def template(name: str) -> jinja2.Template:
    """Return a template of this folder, which escapes all text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template(name)


def versions(dataset: xr.Dataset) -> dict[str, str]:
    """Return the versions of the software that computed a dataset."""
    own = {"afterpulse": dataset.attrs["afterpulse_version"], "commit": dataset.attrs["git_state"]}
    return own | json.loads(dataset.attrs["library_versions"])


def image(path: Path) -> str:
    """Return a PNG file as a data URL."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
