"""The rules that tell which mechanisms a sweep supports."""

import logging
import time

import numpy as np

from afterpulse import datasets, inference
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.sections import CRITICAL_CURRENT_DENSITY, GRID, KINETICS, MATERIALS, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.inference.prior import PRIOR
from afterpulse.timeline import protocol
from afterpulse.workflow.progress import progress

logger = logging.getLogger("afterpulse")


@reads(
    CRITICAL_CURRENT_DENSITY,
    device=("hall_bar",),
    experiment=("inference.pulse_amplitude", "inference.pulse_width"),
)
def traces(device: Device, experiment: Experiment, ahe: str, target: str) -> None:
    """Store the traces of a sweep by which mechanisms are told, at the delays compared."""
    chosen, source = experiment.inference, datasets.read(ahe)
    if chosen is None:
        raise ValueError(f"{experiment.name} asks for no inference")
    amplitudes = [protocol.in_ampere(device, experiment, one) for one in chosen.pulse_amplitude]
    traces = source.sel(
        pulse_amplitude=amplitudes,
        pulse_width=list(chosen.pulse_width),
        delay=inference.comparison_delays(source["delay"].values),
        method="nearest",
    )[["anomalous_hall_voltage", "initial_voltage"]]
    # A change is the difference of two readings.
    noise = np.sqrt(2) * device.hall_bar.read_noise.value
    save(traces.assign(change_noise=noise), target, device, experiment)


@reads(
    MATERIALS,
    GRID,
    KINETICS,
    device=("hall_bar",),
    experiment=("inference.draws", "inference.replicates"),
)
def bank(
    device: Device, experiment: Experiment, calibration: str, traces: str, number: int, target: str
) -> None:
    """Simulate the pulses of some traces over the prior range of the device's parameters."""
    observed, settings = datasets.read(traces), experiment.inference
    if settings is None:
        raise ValueError(f"{experiment.name} asks for no inference")
    pulses = inference.pulses_of(observed)
    chosen = inference.combinations()[number]
    name = " and ".join(inference.spelled(one) for one in chosen) or "no mechanism"
    bank = inference.simulate_bank(
        device,
        experiment.model_copy(update={"replicates": settings.replicates}),
        datasets.read(calibration),
        pulses,
        observed["delay"].values,
        chosen,
        settings.draws,
        progress(name, time.monotonic),
    )
    dataset = inference.to_dataset(bank, pulses, observed["delay"].values)
    save(dataset, target, device, experiment)


@reads(device=("hall_bar", *dict.fromkeys(each.part for each in PRIOR.values())))
def mechanisms(
    device: Device, experiment: Experiment, traces: str, banks: list[str], dataset: str, table: str
) -> None:
    """Weigh the combinations of mechanisms by some traces; write a dataset and a table."""
    change, replicates, noise = inference.observed_changes(datasets.read(traces))
    simulated = [inference.from_dataset(datasets.read(path)) for path in banks]
    found = inference.infer(inference.grow(simulated, device, replicates, noise), change)
    save(found, dataset, device, experiment)
    with datasets.whole(table) as path:
        found["probability"].to_dataframe().to_csv(path)
    for line in inference.in_words(found, device):
        logger.info("%s", line)
