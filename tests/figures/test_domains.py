import numpy as np

from afterpulse.figures import domains, style


def test_map_is_the_state_of_each_cells_unit(film):
    axes = domains.draw(film, style.new_figure(2.7).subplots())
    drawn = axes.collections[0].get_array()
    assert drawn.shape == (70, 70)
    # Cell x 35, y 12 lies in the unit of column 3, row 1.
    assert drawn[12, 35] == film["unit_state"].values[3 * 7 + 1]
    assert set(np.unique(drawn)) == {-1.0, 1.0}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (nm)", "y (nm)")
    np.testing.assert_allclose(axes.get_xlim(), (0, 700), atol=1e-9)
