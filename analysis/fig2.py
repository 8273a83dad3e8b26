"""Fig. 2: Hall voltage during pulse trains (LTP, LTD, STP, STD)."""

from pathlib import Path

from afterpulse import datasets
from afterpulse.figures import fig2, style

results = Path(__file__).parents[1] / "results/pt_co_irmn/demo"
trains = {label: datasets.read(results / f"trains/{label.lower()}.nc") for label in fig2.ORDER}
figure = style.new_figure(4.2, width=2 * style.COLUMN)
fig2.draw(trains, figure)
style.save(figure, Path(__file__).with_suffix(""))
