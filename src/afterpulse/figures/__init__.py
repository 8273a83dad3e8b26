"""Figures, drawn from stored datasets onto Axes.

To add a figure, write a module that draws onto Axes and ends with ``FIGURE = FigureSpec(...)``, and
list it in `afterpulse.figures.registry`, which the workflow and ``make figures`` read.
"""
