# Which cards, and what follows from them: folders, chunks, figures.
import difflib
import os
import re
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from afterpulse.cards import (
    CardError,
    Experiment,
    card_for_engine,
    check_pair,
    load_experiment,
)
from afterpulse.device import load_device
from afterpulse.cards.content import content
from afterpulse.cards.mechanisms import combinations
from afterpulse.cards.variants import variants
from afterpulse.datasets import DatasetError, card_text, write_card
from afterpulse.figures.registry import FIGURES as ALL_FIGURES
from afterpulse.neuron.chunks import chunks as cell_chunks
from afterpulse.neuron.chunks import role as cell_role
from afterpulse.neuron.protocols import PROTOCOLS as NEURON_PROTOCOLS
from afterpulse.workflow.lock import record_run
from afterpulse.timeline.plan import plan, read_plan, write_plan
from afterpulse.timeline.protocol import SWEEP_DATASETS
from afterpulse.workflow.process import CONFIG_KEYS, become_parent, end_with_parent

ROOT = Path(workflow.basedir)

# Local jobs end with the Snakemake that started them, also if it is killed.
if not workflow.is_main_process and not workflow.remote_exec:
    end_with_parent()
become_parent()


def refuse_unknown_keys(keys):
    """Raise CardError for keys after --config that the workflow does not read."""
    faults = []
    for key in sorted(set(map(str, keys)) - set(CONFIG_KEYS)):
        near = difflib.get_close_matches(key.lower(), CONFIG_KEYS, n=1, cutoff=0.5)
        expected = near[0] if near else f"one of {', '.join(CONFIG_KEYS)}"
        faults.append(f"config {key!r}: expected {expected}, got an unknown key")
    if faults:
        raise CardError(faults)


def card_path(kind, default):
    name = str(config.get(kind, default))
    if not re.fullmatch("[a-z][a-z0-9_]{0,63}", name):
        raise CardError(
            [f"config {kind}: expected the name of a card in {kind}s/, got {name!r}"]
        )
    return ROOT / f"{kind}s" / f"{name}.yaml"


try:
    refuse_unknown_keys(config)
    DEVICE_CARD = card_path("device", "pt_co_irmn")
    EXPERIMENT_CARD = card_path("experiment", "demo")
    device = load_device(DEVICE_CARD)
    experiment = load_experiment(EXPERIMENT_CARD)
    if "engine" in config:
        experiment = Experiment.model_validate(
            card_for_engine(EXPERIMENT_CARD, str(config["engine"]))
        )
    check_pair(device, experiment)
    if "mnist" in config and not Path(str(config["mnist"])).is_file():
        raise CardError(
            [f"config mnist: expected an .npz file, got {str(config['mnist'])!r}"]
        )
    VARIANTS = variants(device, experiment, EXPERIMENT_CARD.parent)
except CardError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

RESULTS = f"results/{device.name}/{experiment.name}"
ENVIRONMENT = "../envs/afterpulse.yaml"
# The cards behind each folder of results: those of the configuration, or their variants.
BASES = {
    f"{RESULTS}/variants/{name}": cards[:2] for name, cards in VARIANTS.items()
} or {RESULTS: (device, experiment)}


@cache
def planned(base):
    """The plan of a folder; jobs parse this file too, and planning again changes nothing."""
    path = Path(base) / "plan.csv"
    try:
        return plan(*BASES[base], read_plan(path) if path.exists() else None)
    except (CardError, DatasetError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


@cache
def content_of(base, part):
    return content(*BASES[base], part)


def of_content(part):
    """Parameter that changes with what a part reads of the cards, and not with their dates."""
    return lambda wildcards: content_of(wildcards.base, part)


def plan_of(wildcards):
    return f"{wildcards.base}/plan.csv"


def card_of(base, kind):
    """Card as it is used, beside what comes of it."""
    return f"{base}/cards/{(device if kind == 'device' else experiment).name}.yaml"


# The cards are parameters and no inputs, since their dates mean nothing. What is read of them is in
# `of_content` or in the names of the chunks.
CARDS = {
    "device": lambda wildcards: card_of(wildcards.base, "device"),
    "experiment": lambda wildcards: card_of(wildcards.base, "experiment"),
}
TRAINS = list(experiment.trains)
# What is drawn follows from what the experiment has.
PROTOCOLS = planned(next(iter(BASES)))["protocol"]
SWEEPS = {SWEEP_DATASETS[p]: p for p in dict.fromkeys(PROTOCOLS) if p in SWEEP_DATASETS}


def chunks_of(base, protocol=None):
    """Files of a folder's chunks, all or those of a protocol, in the order of the plan."""
    table = planned(base)
    wanted = table if protocol is None else table[table["protocol"] == protocol]
    return [f"{base}/trajectories/{chunk}.nc" for chunk in wanted["chunk"].unique()]


def refined_of(base, sweep):
    """Files with further amplitudes of a sweep, one a pulse width."""
    if sweep != "ahe" or experiment.sweep.refine is None:
        return []
    return [
        f"{base}/refined/{width}.nc"
        for width in range(len(BASES[base][1].sweep.pulse_width))
    ]


BANKS = len(combinations())
BANK_FILES = []
if experiment.inference is not None:
    # Simulations over the prior range, one a combination of mechanisms.
    BANK_FILES = [f"{{base}}/mechanisms/bank_{number}.nc" for number in range(BANKS)]
PROTOCOL_FILES = [f"{{base}}/protocols/{name}.nc" for name in NEURON_PROTOCOLS]
PROTOCOL_CELL_FILES = [
    f"{{base}}/protocols/cell/{name}.nc" for name in NEURON_PROTOCOLS
]
# Networks on small tasks at each wait, those that know no wait, and on MNIST a seed a job.
NETWORK_PARTS = []
if experiment.network is not None:
    NETWORK_PARTS += [f"wait_{n}" for n in range(len(experiment.network.waits))]
    NETWORK_PARTS += ["timeless"]
    if "mnist" in config:
        NETWORK_PARTS += [f"mnist_{n}" for n in range(experiment.network.seeds)]
NETWORK_FILES = [f"{{base}}/networks/{part}.nc" for part in NETWORK_PARTS]
TRAIN_FILES = [f"{{base}}/trains/{train}.nc" for train in TRAINS]


def cell_files(role):
    """Function that lists the random trains of a role, a chunk a file."""

    def files(wildcards):
        parts = cell_chunks(*BASES[wildcards.base]).items()
        named = [part for part, (name, *_) in parts if name.startswith(role)]
        return [f"{wildcards.base}/neuron/{part}.nc" for part in named]

    return files


def asked_of_trains(wildcards):
    """What random trains depend on beside what trajectories do; trains that join change no others."""
    device_card, experiment_card = BASES[wildcards.base]
    name = cell_chunks(device_card, experiment_card)[wildcards.part][0]
    asked = experiment_card.memory_cell
    return f"{experiment_card.mechanisms} {asked.pulses} {cell_role(asked, name).replicates}"


# Those that the experiment card asks for.
FIGURES = {
    name: figure for name, figure in ALL_FIGURES.items() if figure.inputs(experiment)
}
FIGURE_FILES = [
    f"{{base}}/{file}" for figure in FIGURES.values() for file in figure.files
]


def figure_inputs(base, name):
    """Datasets of a folder that a figure reads; each placeholder stands for all of its values."""
    cells = cell_chunks(*BASES[base]).items()
    return expand(
        [f"{base}/{pattern}" for pattern in FIGURES[name].inputs(experiment)],
        first_chunk=planned(base)["chunk"].unique()[:1],
        train=TRAINS,
        held_out_part=[part for part, (role, *_) in cells if role == "held_out"],
        neuron_protocol=NEURON_PROTOCOLS,
        network_part=NETWORK_PARTS,
    )


def figures_with(*endings):
    """Regular expression that matches the figures with these endings."""
    return "|".join(
        name for name, figure in ALL_FIGURES.items() if figure.endings == endings
    )


TABLES, TABLE_NAMES = [], []
if len(PROTOCOLS):
    TABLE_NAMES += ["failed"]
if "ahe" in SWEEPS:
    TABLES += ["{base}/decay.nc", "{base}/decay.csv"]
    TABLE_NAMES += ["retention"]
if TRAINS:
    TABLE_NAMES += ["trains"]
if experiment.inference is not None:
    TABLES += ["{base}/mechanisms.nc"]
    TABLE_NAMES += ["mechanisms"]
if experiment.memory_cell is not None:
    TABLES += ["{base}/cell.nc"]
    TABLE_NAMES += ["cell", "protocols", "energy"]
if NETWORK_FILES:
    TABLE_NAMES += ["networks"]
for name in TABLE_NAMES:
    TABLES += [f"{{base}}/{name}.csv", f"{{base}}/tables/{name}.html"]


def datasets_of(base):
    """Datasets that nothing drawn depends on directly, or that may have been removed as damaged."""
    names = ["sample", "ground_state", "calibration", *SWEEPS]
    return [
        *(f"{base}/{name}.nc" for name in names),
        *chunks_of(base),
        *(file for sweep in SWEEPS for file in refined_of(base, sweep)),
        *(file.format(base=base) for file in [*TRAIN_FILES, *BANK_FILES]),
        *cell_files("")(SimpleNamespace(base=base)),
        *(
            file.format(base=base)
            for file in [*PROTOCOL_FILES, *PROTOCOL_CELL_FILES]
            if experiment.memory_cell is not None
        ),
        *(file.format(base=base) for file in NETWORK_FILES),
    ]


# One table for all variants, beside their folders.
VARIED = (
    [f"{RESULTS}/variants.csv", f"{RESULTS}/tables/variants.html"] if VARIANTS else []
)


def drawn():
    """What `figures` draws: paths without their endings, and the datasets of each."""
    return {
        f"{base}/{figure.stem}": figure_inputs(base, name)
        for base in BASES
        for name, figure in FIGURES.items()
    }


def labels(kind):
    """What the report calls a figure or table, and which variant it is of where there are some."""
    return {kind: f"{{{kind}}}"} | ({"variant": "{base}"} if VARIANTS else {})


def refuse_if_missing(wildcards):
    """Stop in one line where a dataset is missing that a figure needs; ask for no input."""
    needed = dict.fromkeys(file for files in drawn().values() for file in files)
    missing = [file for file in needed if not Path(file).exists()]
    if missing:
        engine = f" engine={config['engine']}" if "engine" in config else ""
        print(
            f"no figures: {', '.join(missing)} missing; snakemake --cores 2 --config "
            f"device={DEVICE_CARD.stem} experiment={EXPERIMENT_CARD.stem}{engine} computes "
            f"{'them' if len(missing) > 1 else 'it'}",
            file=sys.stderr,
        )
        sys.exit(2)
    return []


def needs(minutes, megabytes=2000):
    """Wall time and memory that a job asks a cluster for; each attempt asks for more of both."""
    return {
        "runtime": lambda wildcards, attempt: minutes * attempt,
        "mem_mb": lambda wildcards, attempt: megabytes * attempt,
    }


wildcard_constraints:
    base="|".join(map(re.escape, BASES)),
    chunk="c[0-9a-f]{12}",
    sweep="|".join(SWEEP_DATASETS.values()),
    number="|".join(map(str, range(BANKS))),
    network_part="wait_[0-9]+|timeless|mnist_[0-9]+",
    neuron_protocol="|".join(NEURON_PROTOCOLS),
    part="(training|held_out|device)_[0-9]+",
    width="[0-9]+",
    train="[a-z][a-z0-9_]*",
    table="[a-z]+",
