"""Runs the jobs of one pair of cards after the other; a line in, a line out.

In: paths of a device card, an experiment card, a calibration and an empty folder, as JSON.
Out: the name of the error that ended the last job and what it says; both empty where none did.
"""

import json
import resource
import sys
from pathlib import Path

from afterpulse.cards import load_experiment
from afterpulse.device import load_device
from afterpulse.engines import rules as engine_rules
from afterpulse.film import rules as film_rules
from afterpulse.timeline import rules
from afterpulse.timeline.plan import plan, write_plan

MEMORY = 12 * 2**30


def run(device, experiment, calibration, folder):
    """All jobs but the calibration, which takes longest, with the first and the last chunk."""
    cards, made = (load_device(device), load_experiment(experiment)), Path(folder)
    sample, ground_state = str(made / "sample.nc"), str(made / "ground_state.nc")
    film_rules.sample(*cards, sample)
    engine_rules.ground_state(*cards, sample, ground_state)
    table, planned = plan(*cards, None), str(made / "plan.csv")
    write_plan(table, planned)
    for chunk in dict.fromkeys([*table["chunk"][:1], *table["chunk"][-1:]]):
        target = str(made / f"{chunk}.nc")
        rules.trajectories(*cards, planned, sample, ground_state, calibration, chunk, target)
    if cards[1].blocking is not None:
        rules.blocking(*cards, [sample], calibration, str(made / "blocking.nc"))


def main():
    """Until there are no more lines."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin:
        name, said = "", ""
        try:
            run(*json.loads(line))
        except Exception as error:
            name, said = type(error).__name__, str(error)
        print(json.dumps([name, said]), flush=True)


if __name__ == "__main__":
    main()
