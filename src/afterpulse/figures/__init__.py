"""Figures: a dataset in, Axes out; nothing is simulated here."""
