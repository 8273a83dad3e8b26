"""Offline page with the decay fits and the identified mechanisms of a measured trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from afterpulse import datasets
from afterpulse.cards import resolved
from afterpulse.datasets.cards import card_text
from afterpulse.device import Device
from afterpulse.figures import compared, decay_page, style, support
from afterpulse.figures.decay_page import image
from afterpulse.inference import in_words
from afterpulse.inference.forests import SURE
from afterpulse.inference.prior import PRIOR
from afterpulse.inference.question import Question
from afterpulse.inference.self_test import WORDS
from afterpulse.inference.support import SELF_TEST, banks_of
from afterpulse.inference.words import rounded, spelled
from afterpulse.measured.folder import COMPARED, REPORT, SUPPORT

UNINFORMED = 0.9
"""Posterior over prior width of the 95 % interval above which a parameter is not narrowed."""


def write(
    question: Question,
    posterior: xr.Dataset,
    summaries: list[list[str]],
    folder: Path,
) -> str:
    """Draw the results of the inference and write the page.

    Returned is the text of `afterpulse.figures.compared.warning`, empty without a warning.

    Parameters
    ----------
    question : Question
        Cards and traces of the inference.
    posterior : Dataset
        Result of `afterpulse.inference.support.infer_support`.
    summaries : list of list of str
        Lines of `afterpulse.measured.summary.summary` for each pulse.
    folder : Path
        Folder of the results, with fits, banks and the figures of the pulses.
    """
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    support.draw(posterior, figure)
    style.save(figure, folder / SUPPORT)
    banks = banks_of(question, folder)
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    compared.draw(question.traces, banks, posterior, figure.add_subplot())
    style.save(figure, folder / COMPARED)
    outside = compared.outside(question.traces, banks)
    with datasets.whole(folder / REPORT) as beside:
        text = page(question, posterior, summaries, outside, folder)
        beside.write_text(text, encoding="utf-8")
    return compared.warning(outside, question.traces.sizes["delay"])


def page(
    question: Question,
    posterior: xr.Dataset,
    summaries: list[list[str]],
    outside: int,
    folder: Path,
) -> str:
    """Return the page as HTML that contains all figures, which `write` has drawn.

    `outside` is the result of `afterpulse.figures.compared.outside`.
    """
    device, experiment, _, circumstances = question
    return decay_page.template("fit_page.html.j2").render(
        **decay_page.content(summaries, folder),
        device=device,
        experiment=experiment,
        verdict=verdict(posterior),
        sure=SURE,
        words=in_words(posterior, device),
        mechanisms=mechanism_rows(posterior),
        sets=set_rows(posterior),
        tested=tested_rows(pd.read_csv(folder / SELF_TEST)),
        parameters=parameter_rows(posterior, device),
        support=image(folder / f"{SUPPORT}.png"),
        compared=image(folder / f"{COMPARED}.png"),
        outside=outside,
        warning=compared.warning(outside, question.traces.sizes["delay"]),
        delays=question.traces.sizes["delay"],
        circumstances=circumstances,
        cards={
            f"device {device.name}": card_text(device),
            f"experiment {experiment.name}": card_text(experiment),
        },
    )


def verdict(posterior: xr.Dataset) -> str:
    """Return the verdict as a sentence."""
    combination = str(posterior["verdict"].item())
    if combination == "cannot tell":
        identified = [
            f"{spelled(name)} is {state}" for name, state in mechanism_verdicts(posterior).items()
        ]
        details = f"; {' and '.join(identified)}" if identified else ", nor any single mechanism"
        return f"The trace does not identify the combination of active mechanisms{details}."
    if combination.startswith("none explains"):
        return (
            "No simulated device has a trace like this one. The device card, the applied field or "
            "the signs of current and voltage differ from the measurement, or a mechanism that is "
            "not simulated is active."
        )
    if combination == "none":
        return "The trace shows that none of these mechanisms is active."
    return f"The trace shows {spelled(combination)}."


def mechanism_verdicts(posterior: xr.Dataset) -> dict[str, str]:
    """Return the verdict, on or off, of each mechanism that is identified on its own."""
    names, verdicts = posterior["mechanism"].values, posterior["mechanism_verdict"].values
    return {
        str(name): str(state)
        for name, state in zip(names, verdicts, strict=True)
        if state != "cannot tell"
    }


def mechanism_rows(posterior: xr.Dataset) -> list[tuple[str, str, str]]:
    """Return name, verdict and probability of each mechanism."""
    columns = ("mechanism", "mechanism_verdict", "mechanism_probability")
    values = (posterior[column].values for column in columns)
    return [
        (spelled(name), str(state), f"{probability:.3f}")
        for name, state, probability in zip(*values, strict=True)
    ]


def tested_rows(tested: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the rates of verdicts on simulated devices in per cent."""
    return [
        (
            spelled(row["mechanism"]),
            "acts" if row["acts"] else "does not act",
            *(f"{100 * row[word]:.0f} %" for word in WORDS),
        )
        for _, row in tested.iterrows()
        if row["devices"]
    ]


def set_rows(posterior: xr.Dataset) -> list[tuple[str, str]]:
    """Return name and probability of each combination, the most likely combination first."""
    probability = posterior["probability"].values
    order = np.argsort(-probability, kind="stable")
    names = posterior["mechanism_set"].values
    return [(spelled(names[index]), f"{probability[index]:.3f}") for index in order]


def parameter_rows(posterior: xr.Dataset, device: Device) -> list[tuple[str, ...]]:
    """Return name, card value, prior range, median, 95 % interval and remark of each parameter."""
    content = resolved(device)
    rows: list[tuple[str, ...]] = []
    for name, prior in PRIOR.items():
        value = content[prior.part][prior.field]["value"]
        unit = " s" if value is None else " ×"
        low, middle, high = (
            float(posterior["parameter_quantile"].sel(parameter=name, quantile=quantile))
            for quantile in (0.025, 0.5, 0.975)
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
