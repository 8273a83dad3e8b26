"""Banks from several processes at a time."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

import xarray as xr
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from afterpulse.cards import resolved
from afterpulse.cards.experiment import Experiment
from afterpulse.device import Device
from afterpulse.inference.bank import Bank, drawn_values, joined, simulate


def simulate_banks(
    device: Device,
    experiment: Experiment,
    calibration: xr.Dataset,
    pulses: list[tuple[float, float]],
    delays: NDArray,
    combinations: Sequence[tuple[str, ...]],
    count: int,
    cores: int,
    done: Callable[[Bank], None],
    report: Callable[[float, str], None] = lambda share, line: None,
) -> None:
    """Simulate banks draw by draw; each is what `simulate_bank` gives, on any number of cores.

    Parameters
    ----------
    device, experiment, calibration, pulses, delays, count
        See `simulate_bank`.
    combinations : sequence of tuple of str
        The mechanisms of each bank.
    cores : int
        Processes.
    done : callable
        Takes each bank, in their order, as soon as it is complete.
    report : callable
        Takes the share of all draws that is done and a line about it.
    """
    cards = json.dumps(resolved(device)), json.dumps(resolved(experiment))
    with ProcessPoolExecutor(cores, get_context("spawn"), settle) as pool:
        try:
            waiting = []
            for chosen in combinations:
                drawn, values = drawn_values(chosen, count, experiment.seed)
                bench = (*cards, calibration, pulses, delays, chosen)
                draws = [pool.submit(simulated, *bench, one, n) for n, one in enumerate(values)]
                waiting.append((chosen, drawn, draws))
            number, total = 0, count * len(waiting)
            for chosen, drawn, draws in waiting:
                found = []
                for draw in draws:
                    found.append(draw.result())
                    number += 1
                    report(number / total, f"{number} of {total} draws")
                done(joined(chosen, drawn, found))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def simulated(device: str, experiment: str, *draw: Any) -> tuple[NDArray, NDArray]:
    """Simulate one draw; as `simulate`, with cards as texts, since they cannot be sent."""
    return simulate(*cards_of(device, experiment), *draw)


@cache
def cards_of(device: str, experiment: str) -> tuple[Device, Experiment]:
    """Cards from their texts."""
    return (
        Device.model_validate(json.loads(device)),
        Experiment.model_validate(json.loads(experiment)),
    )


def settle() -> None:
    """Make a process of the pool: one thread, no interrupts, and no life without its parent."""
    threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=leave_with_parent, daemon=True).start()


def leave_with_parent() -> None:
    """End this process once its parent has ended, however that was."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
