"""The rules of the inference of mechanisms from a sweep."""

import logging
import time
from pathlib import Path

import numpy as np
import xarray as xr

from afterpulse import datasets, inference
from afterpulse.cards.experiment import Experiment, Inference
from afterpulse.cards.sections import CRITICAL_CURRENT_DENSITY, GRID, KINETICS, MATERIALS, reads
from afterpulse.datasets import save
from afterpulse.device import Device
from afterpulse.film.random_streams import SAMPLE
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
    """Store the traces of a sweep's first sample that are compared with simulations."""
    settings, source = settings_of(experiment), datasets.read(ahe)
    amplitudes = [protocol.in_ampere(device, experiment, each) for each in settings.pulse_amplitude]
    traces = source.sel(
        pulse_amplitude=amplitudes,
        pulse_width=list(settings.pulse_width),
        delay=inference.comparison_delays(source["delay"].values),
        method="nearest",
    )
    traces = traces.isel(replicate=traces["sample"] == SAMPLE).drop_vars("sample")
    traces = traces[["anomalous_hall_voltage", "initial_voltage"]]
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
    observed, draws = datasets.read(traces), settings_of(experiment).draws
    measurement = measurement_of(device, experiment, calibration, observed)
    mechanisms = inference.combinations()[number]
    name = " and ".join(inference.spelled(each) for each in mechanisms) or "no mechanism"
    report = progress(name, time.monotonic)
    bank = inference.simulate_bank(measurement, mechanisms, draws, report)
    dataset = inference.to_dataset(bank, measurement.pulses, measurement.delays)
    save(dataset, target, device, experiment)


# The Hall voltage of the saturated film is that at the ambient temperature.
@reads(
    device=(
        "hall_bar",
        "heat_path.ambient_temperature",
        *dict.fromkeys(["ferromagnet", *(each.part for each in PRIOR.values())]),
    )
)
def mechanisms(
    device: Device, experiment: Experiment, traces: str, banks: list[str], dataset: str, table: str
) -> None:
    """Infer the mechanisms from some traces; write a dataset and a table."""
    change, replicates, noise = inference.observed_changes(datasets.read(traces))
    simulated = [inference.from_dataset(datasets.read(path)) for path in banks]
    inferred = inference.infer(inference.grow(simulated, device, replicates, noise), change)
    save(inferred, dataset, device, experiment)
    with datasets.whole(table) as path:
        inferred["probability"].to_dataframe().to_csv(path)
    for line in inference.in_words(inferred, device):
        logger.info("%s", line)


def settings_of(experiment: Experiment) -> Inference:
    """Return the inference section of a card; raise ValueError if there is none."""
    if experiment.inference is None:
        raise ValueError(f"{experiment.name} has no inference")
    return experiment.inference


def measurement_of(
    device: Device, experiment: Experiment, calibration: str | Path, traces: xr.Dataset
) -> inference.Measurement:
    """Return the measurement to simulate for some traces."""
    return inference.Measurement(
        device,
        experiment.model_copy(update={"replicates": settings_of(experiment).replicates}),
        datasets.read(calibration),
        inference.pulses_of(traces),
        traces["delay"].values,
    )
