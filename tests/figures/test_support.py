import numpy as np
import pytest
import xarray as xr

from afterpulse.figures import style, support
from afterpulse.inference.forests import MECHANISMS, QUANTILES
from afterpulse.inference.prior import PRIOR


@pytest.fixture
def found():
    quantile = np.array(
        [[one.low * (one.high / one.low) ** q for q in QUANTILES] for one in PRIOR.values()]
    )
    return xr.Dataset(
        {
            "mechanism_probability": ("mechanism", [0.99, 0.6, 0.01, 0.4]),
            "mechanism_verdict": ("mechanism", ["on", "cannot tell", "off", "cannot tell"]),
            "verdict": ((), "cannot tell"),
            "parameter_quantile": (("parameter", "quantile"), quantile),
        },
        coords={
            "mechanism": list(MECHANISMS)[:4],
            "parameter": list(PRIOR),
            "quantile": list(QUANTILES),
        },
    )


def test_bars_and_intervals_show_the_numbers(found, tmp_path):
    figure = style.new_figure(2.6, width=2 * style.COLUMN)
    left, right = support.draw(found, figure)
    assert [bar.get_width() for bar in left.patches] == [0.99, 0.6, 0.01, 0.4]
    assert left.get_yticklabels()[0].get_text() == "AFM viscosity\non"
    # Mechanisms may be told where their combination is not.
    assert left.get_title().startswith("whole combination:\n")
    # Quantiles of the prior itself lie where they are called.
    for lines in np.reshape(right.lines, (len(PRIOR), 3)):
        np.testing.assert_allclose(lines[0].get_xdata(), [QUANTILES[0], QUANTILES[-1]])
        np.testing.assert_allclose(lines[2].get_xdata(), 0.5)
    style.save(figure, tmp_path / "support")
    assert (tmp_path / "support.png").exists()
