# Which cards, and what follows from them: folders, chunks, figures.
import re
import sys
from pathlib import Path

from afterpulse import store
from afterpulse.cards import (
    CardError,
    Experiment,
    card_for_engine,
    check_pair,
    load_device,
    load_experiment,
)
from afterpulse.timeline.protocol import chunks, points

ROOT = Path(workflow.basedir)


def card_path(kind, default):
    name = str(config.get(kind, default))
    if not re.fullmatch("[a-z][a-z0-9_]{0,63}", name):
        raise CardError(
            [f"config {kind}: expected the name of a card in {kind}s/, got {name!r}"]
        )
    return ROOT / f"{kind}s" / f"{name}.yaml"


try:
    DEVICE_CARD = card_path("device", "pt_co_irmn")
    EXPERIMENT_CARD = card_path("experiment", "demo")
    device = load_device(DEVICE_CARD)
    experiment = load_experiment(EXPERIMENT_CARD)
    if "engine" in config:
        experiment = Experiment.model_validate(
            card_for_engine(EXPERIMENT_CARD, str(config["engine"]))
        )
    check_pair(device, experiment)
    CHUNKS = chunks(points(device, experiment), experiment.numerics.points_per_chunk)
except CardError as error:
    print(*error.faults, sep="\n", file=sys.stderr)
    sys.exit(2)

RESULTS = f"results/{device.name}/{experiment.name}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
ENVIRONMENT = "../envs/afterpulse.yaml"
# An engine from the command line makes a card of its own, so that the results say which it was.
USED_CARD = (
    f"{RESULTS}/{experiment.name}.yaml" if "engine" in config else EXPERIMENT_CARD
)
CARDS = {"device": DEVICE_CARD, "experiment": USED_CARD}

PROTOCOLS = [chunk[0].protocol for chunk in CHUNKS]
TRAINS = list(experiment.trains)
# What is drawn follows from what the experiment has.
NAMES = {"sweep": "ahe", "walk": "walk", "compare": "compare"}
SWEEPS = {NAMES[p]: p for p in dict.fromkeys(PROTOCOLS) if p in NAMES}


def trajectories_of(protocol):
    return [
        f"{RESULTS}/trajectories/{number:05d}.nc"
        for number, name in enumerate(PROTOCOLS)
        if name == protocol
    ]


TRAJECTORIES = [
    file for protocol in dict.fromkeys(PROTOCOLS) for file in trajectories_of(protocol)
]
TRAIN_FILES = [f"{RESULTS}/trains/{train}.nc" for train in TRAINS]
FIGURE_INPUTS = {"calibration": [f"{RESULTS}/calibration.nc"]}
if CHUNKS:
    FIGURE_INPUTS["domains"] = [
        f"{RESULTS}/sample.nc",
        f"{RESULTS}/trajectories/00000.nc",
    ]
if "ahe" in SWEEPS:
    FIGURE_INPUTS |= {
        "fig1a": [f"{RESULTS}/{name}.nc" for name in SWEEPS if name != "compare"],
        "fig1b": [f"{RESULTS}/ahe.nc"],
        "retention_map": [f"{RESULTS}/decay.nc"],
    }
    if experiment.hysteresis is not None:
        FIGURE_INPUTS["exchange_bias"] = [f"{RESULTS}/ahe.nc"]
if "compare" in SWEEPS:
    FIGURE_INPUTS["mechanisms"] = [f"{RESULTS}/compare.nc", *TRAIN_FILES]
if experiment.inference is not None:
    FIGURE_INPUTS["support"] = [f"{RESULTS}/mechanisms.nc"]
if TRAINS:
    FIGURE_INPUTS["fig2"] = TRAIN_FILES
if experiment.blocking is not None:
    FIGURE_INPUTS["blocking"] = [f"{RESULTS}/blocking.nc"]
FIGURES = [
    f"{RESULTS}/figures/{name}.{ending}"
    for name in FIGURE_INPUTS
    for ending in ("png", "pdf")
]
# One trajectory, as the picture of the domains.
ANIMATIONS = {"animation": FIGURE_INPUTS["domains"]} if CHUNKS else {}
FIGURES += [f"{RESULTS}/figures/{name}.gif" for name in ANIMATIONS]
# A page with scripts and data of its own, 2 MB, to open beside the report.
PAGES = (
    {"explore": [f"{RESULTS}/ahe.nc", f"{RESULTS}/decay.nc"]} if "ahe" in SWEEPS else {}
)
# What `figures` draws: paths without their endings, and the datasets of each.
DRAWN = {
    f"{RESULTS}/figures/{name}": files
    for name, files in (FIGURE_INPUTS | ANIMATIONS).items()
} | {f"{RESULTS}/{name}": files for name, files in PAGES.items()}
TABLES = (
    [f"{RESULTS}/decay.nc", f"{RESULTS}/decay.csv"] if "ahe" in SWEEPS else []
) + [f"{RESULTS}/trains.csv"] * bool(TRAINS)
if experiment.inference is not None:
    TABLES += [f"{RESULTS}/mechanisms.nc", f"{RESULTS}/mechanisms.csv"]


def refuse_if_missing(wildcards):
    """Stop in one line where a dataset is missing that a figure needs; ask for no input."""
    needed = dict.fromkeys(file for files in DRAWN.values() for file in files)
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


wildcard_constraints:
    chunk=r"\d{5}",
    sweep="ahe|walk|compare",
    number="[0-7]",
    train="[a-z][a-z0-9_]*",
