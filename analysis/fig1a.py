"""Fig. 1a: Hall voltage at the probe delay against pulse amplitude."""

from pathlib import Path

from afterpulse import datasets
from afterpulse.figures import fig1a, style

results = Path(__file__).parents[1] / "results/pt_co_irmn/demo"
ahe, walk = datasets.read(results / "ahe.nc"), datasets.read(results / "walk.nc")
figure = style.new_figure(2.8)
fig1a.draw(ahe, figure.add_subplot(), walk, probe=0.5)
style.save(figure, Path(__file__).with_suffix(""))
