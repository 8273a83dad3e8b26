"""Figures, drawn from stored datasets onto Axes.

A new figure is a module that draws onto Axes and ends with ``FIGURE = FigureSpec(...)``, and its
name in `afterpulse.figures.registry`. The workflow and ``make figures`` read the registry.
"""
