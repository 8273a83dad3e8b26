"""Kinetic Monte Carlo of FM units and AFM grains under a temperature and torques that change."""
