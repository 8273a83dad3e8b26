"""All figures of the results folder, in the order of the report.

The import draws nothing and loads no plotting library.
"""

from importlib import import_module

from afterpulse.figures.spec import FigureSpec

MODULES = (
    "fig1a",
    "fig1b",
    "switching",
    "fig2",
    "spacing",
    "retention_map",
    "mechanisms",
    "spin_current",
    "deciding",
    "variants",
    "support",
    "domains",
    "animation",
    "explore",
    "exchange_bias",
    "temperature",
    "blocking",
    "calibration",
    "memory_cell",
    "protocols",
    "networks",
)
FIGURES: dict[str, FigureSpec] = {
    name: import_module(f"afterpulse.figures.{name}").FIGURE for name in MODULES
}
"""Figures by name."""
