import numpy as np

from afterpulse.figures import mechanisms, style


def test_a_column_a_set_and_a_row_a_figure(compare, trains):
    panels = mechanisms.draw(compare, trains, style.new_figure(10, 6.8))
    assert panels.shape == (6, 2)
    assert [panel.get_title() for panel in panels[0]] == ["all on", "frozen grains"]
    assert [panel.get_title() for panel in panels[2:, 0]] == ["LTP", "LTD", "STP", "STD"]
    assert all("µV" in panel.get_ylabel() for panel in panels[:, 0])


def test_each_column_draws_its_own_set(compare, trains):
    panels = mechanisms.draw(compare, {"LTP": trains["LTP"]}, style.new_figure(6, 6.8))
    for column in range(2):
        sweep = compare["anomalous_hall_voltage"].isel(mechanism_set=column, pulse_width=0)
        line = panels[0, column].containers[0][0]
        expected = 1e6 * sweep.sel(delay=0.5).mean("replicate")
        np.testing.assert_allclose(line.get_ydata(), expected)
        train = trains["LTP"]["anomalous_hall_voltage"].isel(mechanism_set=column)
        np.testing.assert_allclose(
            panels[2, column].lines[0].get_ydata(), 1e6 * train.mean("replicate")
        )
    for row in panels:
        assert row[0].get_ylim() == row[1].get_ylim()


def test_legends_stand_beside_the_last_column_alone(compare, trains):
    figure = style.new_figure(6, 6.8)
    panels = mechanisms.draw(compare, {"LTP": trains["LTP"]}, figure)
    assert [panel.get_legend() for panel in panels[:2, 0]] == [None, None]
    figure.draw_without_rendering()
    for panel in panels[:2, 1]:
        assert panel.get_legend().get_window_extent().x0 > panel.bbox.x1
