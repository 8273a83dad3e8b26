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
from afterpulse.timeline.protocol import sample_files

MEMORY = 12 * 2**30


def run(device, experiment, calibration, folder):
    """All jobs but the calibration, which takes longest, with the first and the last chunk."""
    cards, made = (load_device(device), load_experiment(experiment)), Path(folder)
    table, planned = plan(*cards, None), str(made / "plan.csv")
    write_plan(table, planned)
    films = {}
    for index in dict.fromkeys([0, *table["sample"].iloc[[0, -1]]]):
        sample, ground_state = films[index] = [str(made / name) for name in sample_files(index)]
        film_rules.sample(*cards, sample, f"_{index}" if index else "")
        engine_rules.ground_state(*cards, sample, ground_state)
    for chunk, index in dict(table[["chunk", "sample"]].iloc[[0, -1]].to_numpy()).items():
        target = str(made / f"{chunk}.nc")
        rules.trajectories(*cards, planned, *films[index], calibration, chunk, target)
    if cards[1].blocking is not None:
        # As for an experiment with the first sample alone.
        one = cards[1].model_copy(update={"samples": 1})
        rules.blocking(cards[0], one, films[0][:1], calibration, str(made / "blocking.nc"))


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
