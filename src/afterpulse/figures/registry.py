"""All figures of the results folder; importing them draws nothing and loads no plotting library."""

from afterpulse.figures import (
    animation,
    blocking,
    calibration,
    domains,
    exchange_bias,
    explore,
    fig1a,
    fig1b,
    fig2,
    mechanisms,
    memory_cell,
    networks,
    protocols,
    retention_map,
    support,
)
from afterpulse.figures.spec import FigureSpec

MODULES = (
    fig1a,
    fig1b,
    fig2,
    retention_map,
    mechanisms,
    support,
    domains,
    animation,
    explore,
    exchange_bias,
    blocking,
    calibration,
    memory_cell,
    protocols,
    networks,
)
FIGURES: dict[str, FigureSpec] = {module.FIGURE.name: module.FIGURE for module in MODULES}
"""Figures by name."""
