"""Figures: a dataset in, Axes out; nothing is simulated here.

To add a figure to the results folder and the report, write a module that draws onto Axes and ends
with ``FIGURE = FigureSpec(...)``: what the figure reads, when it is drawn, its caption and how its
files are written. Then name the module in `afterpulse.figures.registry`. The workflow and
``make figures`` read the registry.
"""
