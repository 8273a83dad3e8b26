import pandas as pd
import pytest

from afterpulse.figures import deciding, style


@pytest.fixture
def table():
    row = {"hypothesis": "heat", "other": "spin", "scatter": 0.05, "other_scatter": 0.1}
    rows = [
        ("no_field", 0.5, -0.4, 0.1, 4.5),
        ("no_field", 10.0, -0.3, 0.0, 2.7),
        ("warmer", 0.5, 0.1, 0.1, 0.0),
        ("warmer", 10.0, 0.0, 0.1, 0.9),
    ]
    names = ["observation", "reading", "change", "other_change", "separation"]
    return pd.DataFrame([row | dict(zip(names, each, strict=True)) for each in rows])


def test_rows_are_observations_with_both_hypotheses(table):
    figure = style.new_figure(2.0, 5.0)
    axes = deciding.draw(table, figure.subplots())
    figure.draw_without_rendering()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["no field", "warmer"]
    at = [container.lines[0].get_xydata()[0] for container in axes.containers]
    assert [tuple(point.round(2)) for point in at[:4]] == [
        (-0.4, -0.14),
        (0.1, -0.14),
        (-0.3, 0.14),
        (0.0, 0.14),
    ]
    _, _, (bars,) = axes.containers[1].lines
    assert bars.get_segments()[0][:, 0].tolist() == pytest.approx([0.0, 0.2])
    assert [text.get_text() for text in axes.texts] == ["4.5", "0.9"]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["heat, 500 ms", "spin, 500 ms", "heat, 10 s", "spin, 10 s"]
