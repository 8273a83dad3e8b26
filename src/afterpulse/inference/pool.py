"""Simulation of banks by several processes."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any

from numpy.typing import NDArray

from afterpulse.cards import resolved
from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.inference.bank import Bank, Measurement, PriorDraw, assemble, draw_prior, simulate
from afterpulse.workflow.pool import settle
from afterpulse.workflow.progress import Report


def simulate_banks(
    measurement: Measurement,
    combinations: Sequence[tuple[str, ...]],
    count: int,
    cores: int,
    store: Callable[[Bank], None],
    report: Report = lambda fraction, line: None,
) -> None:
    """Simulate banks draw by draw in several processes; the results equal those of `simulate_bank`.

    Each bank goes to `store`, in the order of `combinations`, as soon as it is complete. `report`
    receives the finished fraction of all draws and a line of progress.
    """
    device, experiment, *conditions = measurement
    cards = json.dumps(resolved(device)), json.dumps(resolved(experiment))
    with ProcessPoolExecutor(cores, get_context("spawn"), settle) as pool:
        try:
            queue = []
            for mechanisms in combinations:
                drawn, draws = draw_prior(mechanisms, count, experiment.seed)
                futures = [pool.submit(simulate_texts, cards, conditions, draw) for draw in draws]
                queue.append((mechanisms, drawn, futures))
            done, total = 0, count * len(queue)
            for mechanisms, drawn, futures in queue:
                simulated = []
                for future in futures:
                    simulated.append(future.result())
                    done += 1
                    report(done / total, f"{done} of {total} draws")
                store(assemble(mechanisms, drawn, simulated))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def simulate_texts(
    cards: tuple[str, str], conditions: list[Any], draw: PriorDraw
) -> tuple[NDArray, NDArray]:
    """Call `simulate` with cards given as JSON, because device cards cannot be pickled."""
    return simulate(Measurement(*parse_cards(*cards), *conditions), draw)


@cache
def parse_cards(device: str, experiment: str) -> tuple[Device, Experiment]:
    """Return the cards from their JSON."""
    return (
        Device.model_validate(json.loads(device)),
        Experiment.model_validate(json.loads(experiment)),
    )
