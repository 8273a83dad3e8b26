"""Fig. 1 and pulse trains for each set of mechanisms, such as the thermal spin torque."""

from pathlib import Path

from afterpulse import datasets
from afterpulse.figures import mechanisms, style

results = Path(__file__).parents[1] / "results/pt_co_irmn/demo"
compare = datasets.read(results / "compare.nc")
trains = {label: datasets.read(results / f"trains/{label.lower()}.nc") for label in ("LTP", "STP")}
figure = style.new_figure(6.8, width=2.4 * compare.sizes["mechanism_set"])
mechanisms.draw(compare, trains, figure, pulse_width=1e-3, probe=0.5)
style.save(figure, Path(__file__).with_suffix(""))
