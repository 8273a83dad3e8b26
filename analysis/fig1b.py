"""Fig. 1b: Hall voltage against the time since a pulse of 1 ms."""

from pathlib import Path

from afterpulse import datasets
from afterpulse.figures import fig1b, style

results = Path(__file__).parents[1] / "results/pt_co_irmn/demo"
figure = style.new_figure(2.8)
fig1b.draw(datasets.read(results / "ahe.nc"), figure.add_subplot(), pulse_width=1e-3, probe=0.5)
style.save(figure, Path(__file__).with_suffix(""))
