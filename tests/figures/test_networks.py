import numpy as np
import pandas as pd
import pytest

from afterpulse.figures import networks, style


def row(task, tested, wait, accuracy):
    return {
        "task": task,
        "tested": tested,
        "wait_s": wait,
        "accuracy": accuracy,
        "worst": accuracy - 0.1,
        "best": accuracy + 0.05,
    }


def test_a_panel_a_task_and_neurons_without_a_time_over_all_waits():
    table = pd.DataFrame(
        [
            row("digits", "device", 1.0, 0.8),
            row("digits", "device", 0.1, 0.7),
            row("digits", "lstm", np.nan, 0.9),
            row("recall", "device", 0.1, 0.5),
        ]
    )
    figure = style.new_figure(2.6, width=6.8)
    networks.draw(table, figure)
    recall, digits = figure.axes
    assert digits.get_title() == networks.TITLES["digits"]
    assert digits.get_ylabel() == "accuracy"
    device, lstm = digits.lines
    np.testing.assert_allclose(device.get_xydata(), [[0.1, 0.7], [1.0, 0.8]])
    np.testing.assert_allclose(lstm.get_xydata(), [[0.1, 0.9], [1.0, 0.9]])
    bar, mean = recall.lines
    assert recall.get_xlabel() == "error rate"
    np.testing.assert_allclose(bar.get_xydata(), [[0.45, 0], [0.6, 0]])
    np.testing.assert_allclose(mean.get_xydata(), [[0.5, 0]])
    assert [tick.get_text() for tick in recall.get_yticklabels()] == [networks.LABELS["device"]]
    band = digits.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.6, 0.85))
