"""Run the command line by python -m afterpulse.cli."""

from afterpulse.cli import main

main()
