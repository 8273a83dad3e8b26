"""A page to open offline: what a measured trace says of decays and of mechanisms."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd
import xarray as xr

from afterpulse import datasets
from afterpulse.cards import resolved
from afterpulse.datasets.cards import card_text
from afterpulse.device import Device
from afterpulse.figures import compared, style, support
from afterpulse.inference import in_words
from afterpulse.inference.forests import SURE
from afterpulse.inference.prior import PRIOR
from afterpulse.inference.question import Question
from afterpulse.inference.self_test import WORDS
from afterpulse.inference.support import SELF_TEST, banks_of
from afterpulse.inference.words import rounded, spelled
from afterpulse.measured.folder import COMPARED, FIGURE, REPORT, SUPPORT
from afterpulse.measured.summary import HEADINGS, model_rows

HERE = Path(__file__).parent
UNINFORMED = 0.9
"""Share of the prior's 95 % interval above which a posterior's is called no narrower."""


def write(
    question: Question, found: xr.Dataset, fits: xr.Dataset, said: list[list[str]], folder: Path
) -> None:
    """Draw what was found of the mechanisms and write the page.

    Parameters
    ----------
    question : Question
        What the inference started from.
    found : Dataset
        What `afterpulse.inference.support.infer_support` gives.
    fits : Dataset
        What `afterpulse.measured.fit_pulses` gives.
    said : list of list of str
        What `afterpulse.measured.summary.summary` says of each pulse.
    folder : Path
        Of the results, with the banks and the figures of the pulses.
    """
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    support.draw(found, figure)
    style.save(figure, folder / SUPPORT)
    banks = banks_of(question, folder)
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    compared.draw(question.traces, banks, found, figure.add_subplot())
    style.save(figure, folder / COMPARED)
    outside = compared.outside(question.traces, banks)
    with datasets.whole(folder / REPORT) as beside:
        beside.write_text(page(question, found, fits, said, outside, folder), encoding="utf-8")


def page(
    question: Question,
    found: xr.Dataset,
    fits: xr.Dataset,
    said: list[list[str]],
    outside: int,
    folder: Path,
) -> str:
    """Build the page; parameters as in `write`, which has drawn the figures.

    Parameters
    ----------
    outside : int
        See `afterpulse.figures.compared.outside`.

    Returns
    -------
    str
        HTML with all figures inside.
    """
    device, experiment, _, words = question
    numbers = range(fits.sizes["pulse"])
    return template().render(
        trace=Path(question.traces.attrs["file"]).name,
        device=device,
        experiment=experiment,
        verdict=verdict(found),
        sure=SURE,
        words=in_words(found, device),
        mechanisms=mechanism_rows(found),
        sets=set_rows(found),
        tested=tested_rows(pd.read_csv(folder / SELF_TEST)),
        parameters=parameter_rows(found, device),
        support=image(folder / f"{SUPPORT}.png"),
        compared=image(folder / f"{COMPARED}.png"),
        outside=outside,
        delays=question.traces.sizes["delay"],
        circumstances=words,
        headings=[*HEADINGS[:-1], f"{100 * fits.attrs['confidence']:g} % {HEADINGS[-1]}"],
        pulses=[
            {
                "number": number + 1,
                "summary": said[number],
                "models": model_rows(fits.isel(pulse=number)),
                "figure": image(folder / f"{FIGURE.format(number + 1)}.png"),
            }
            for number in numbers
        ],
        cards={
            f"device {device.name}": card_text(device),
            f"experiment {experiment.name}": card_text(experiment),
        },
        versions=versions(found),
    )


def template() -> jinja2.Template:
    """Layout of the page, which takes no text for HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("fit_page.html.j2")


def verdict(found: xr.Dataset) -> str:
    """Say in one sentence what the trace shows."""
    said = str(found["verdict"].item())
    if said == "cannot tell":
        return f"The trace does not tell which combination of mechanisms acts{single(found)}."
    if said.startswith("none explains"):
        return (
            "No simulated device has a trace like this one. The device card, the applied field or "
            "the signs of current and voltage differ from the measurement, or something else acts."
        )
    if said == "none":
        return "The trace shows that none of these mechanisms acts."
    return f"The trace shows {spelled(said)}."


def single(found: xr.Dataset) -> str:
    """End of a sentence that says what is told of single mechanisms."""
    verdicts = found["mechanism_verdict"].values
    told = [
        f"{spelled(name)} is {one}"
        for name, one in zip(found["mechanism"].values, verdicts, strict=True)
        if one != "cannot tell"
    ]
    return f", but that {' and '.join(told)}" if told else ", nor whether any one of them does"


def mechanism_rows(found: xr.Dataset) -> list[tuple[str, str, str]]:
    """Name, verdict and probability of each mechanism."""
    probability = found["mechanism_probability"].values
    verdicts = found["mechanism_verdict"].values
    return [
        (spelled(name), str(of), f"{one:.3f}")
        for name, of, one in zip(found["mechanism"].values, verdicts, probability, strict=True)
    ]


def tested_rows(tested: pd.DataFrame) -> list[tuple[str, ...]]:
    """Rows of what could be told of simulated devices, in per cent; none where there are none."""
    return [
        (
            spelled(row["mechanism"]),
            "acts" if row["acts"] else "does not act",
            *(f"{100 * row[word]:.0f} %" for word in WORDS),
        )
        for _, row in tested.iterrows()
        if row["devices"]
    ]


def set_rows(found: xr.Dataset) -> list[tuple[str, str]]:
    """Name and probability of each combination, the most likely one first."""
    probability = found["probability"].values
    order = np.argsort(-probability, kind="stable")
    return [(spelled(found["mechanism_set"].values[n]), f"{probability[n]:.3f}") for n in order]


def parameter_rows(found: xr.Dataset, device: Device) -> list[tuple[str, ...]]:
    """Name, value on the card, prior range, median, 95 % interval and remark of each parameter."""
    content = resolved(device)
    rows: list[tuple[str, ...]] = []
    for name, prior in PRIOR.items():
        value = content[prior.part][prior.field]["value"]
        unit = " s" if value is None else " ×"
        low, middle, high = (
            float(found["parameter_quantile"].sel(parameter=name, quantile=one))
            for one in (0.025, 0.5, 0.975)
        )
        narrower = np.log(high / low) / (0.95 * np.log(prior.high / prior.low))
        rows.append(
            (
                spelled(name),
                "none" if value is None else str(value),
                f"{prior.low:g} to {prior.high:g}{unit}",
                f"{rounded(middle)}{unit}",
                f"{rounded(low)} to {rounded(high)}{unit}",
                "no narrower than the prior range" if narrower > UNINFORMED else "",
            )
        )
    return rows


def versions(found: xr.Dataset) -> dict[str, str]:
    """Return the versions of what computed a stored dataset, by their names."""
    own = {"afterpulse": found.attrs["afterpulse_version"], "commit": found.attrs["git_state"]}
    return own | json.loads(found.attrs["library_versions"])


def image(path: Path) -> str:
    """Put a PNG file into a text that stands for its address."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
