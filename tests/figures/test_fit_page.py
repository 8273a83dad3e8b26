"""What the page says; that it holds all it shows is in inference/test_support.py."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from afterpulse.datasets.cards import card_text
from afterpulse.figures import decay_page, fit_page
from afterpulse.inference.forests import QUANTILES
from afterpulse.inference.prior import PRIOR


def found(verdict="cannot tell", quantiles=None, one="cannot tell"):
    if quantiles is None:
        quantiles = {name: (one.low, one.high) for name, one in PRIOR.items()}
    rows = [np.exp(np.interp(QUANTILES, (0, 1), np.log(quantiles[name]))) for name in PRIOR]
    return xr.Dataset(
        {
            "verdict": ((), verdict),
            "mechanism_verdict": ("mechanism", [one, "cannot tell"]),
            "probability": ("mechanism_set", [0.25, 0.7, 0.05]),
            "parameter_quantile": (("parameter", "quantile"), rows),
        },
        coords={
            "mechanism": ["fm_aftereffect", "resistance_drift"],
            "mechanism_set": ["none", "afm_viscosity+fm_aftereffect", "resistance_drift"],
            "parameter": list(PRIOR),
            "quantile": list(QUANTILES),
        },
    )


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("cannot tell", "does not identify the combination of active mechanisms, nor any single"),
        ("none explains the traces", "No simulated device has a trace like this"),
        ("none", "none of these mechanisms is active"),
        ("afm_viscosity+resistance_drift", "shows AFM viscosity, resistance drift."),
    ],
)
def test_verdict_in_a_sentence(verdict, said):
    assert said in fit_page.verdict(found(verdict))


@pytest.mark.parametrize("one", ["on", "off"])
def test_what_is_told_of_one_mechanism_is_not_hidden(one):
    said = fit_page.verdict(found(one=one))
    assert said.endswith(f"the combination of active mechanisms; FM after-effect is {one}.")


def test_shares_of_the_self_test_in_per_cent():
    tested = pd.DataFrame(
        [
            ("afm_viscosity", True, 0.25, 0.0, 0.75, 8),
            ("afm_viscosity", False, np.nan, np.nan, np.nan, 0),
        ],
        columns=["mechanism", "acts", "on", "off", "cannot tell", "devices"],
    )
    assert fit_page.tested_rows(tested) == [("AFM viscosity", "acts", "25 %", "0 %", "75 %")]


def test_combinations_by_their_probability():
    assert fit_page.set_rows(found()) == [
        ("AFM viscosity, FM after-effect", "0.700"),
        ("none", "0.250"),
        ("resistance drift", "0.050"),
    ]


def test_posterior_that_is_the_prior_is_called_so(device_card):
    device = device_card({"antiferromagnet.interface_coupling": "0.07 mJ/m^2"})
    rows = {row[0]: row for row in fit_page.parameter_rows(found(), device)}
    assert {row[-1] for row in rows.values()} == {"no narrower than the prior range"}
    coupling = rows["interface coupling"]
    # The median of 0.6 to 1.6 in the logarithm is their geometric mean.
    assert coupling[1] == "7e-05 J/m^2"
    assert coupling[2] == "0.6 to 1.6 ×"
    assert coupling[3] == "0.98 ×"
    assert rows["spin current persistence"][1] == "none"
    assert rows["spin current persistence"][3] == "1.73 s"


def test_narrow_posterior_has_no_remark(device_card):
    narrow = {name: (one.low, one.high) for name, one in PRIOR.items()}
    narrow["interface_coupling"] = (0.9, 1.1)
    rows = {row[0]: row for row in fit_page.parameter_rows(found("none", narrow), device_card())}
    assert rows["interface coupling"][-1] == ""
    assert rows["unit diameter"][-1] != ""


def test_card_cannot_break_out_of_the_page(device_card):
    device = device_card().model_copy(update={"description": "<script>alert(1)</script>"})
    assert "<script>" in card_text(device)
    template = decay_page.template("fit_page.html.j2")
    assert "&lt;b&gt;" in template.environment.from_string("{{ x }}").render(x="<b>")
