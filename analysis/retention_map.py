"""Fraction retained and retention time against pulse amplitude and width."""

from pathlib import Path

from afterpulse import datasets
from afterpulse.figures import retention_map, style

results = Path(__file__).parents[1] / "results/pt_co_irmn/demo"
figure = style.new_figure(4.6, width=2 * style.COLUMN)
retention_map.draw(datasets.read(results / "decay.nc"), figure)
style.save(figure, Path(__file__).with_suffix(""))
