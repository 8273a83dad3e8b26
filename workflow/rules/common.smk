# What several rules need: the cards and folders of results, the plan, parameters and resources.
import os
import re
import sys
from functools import cache
from pathlib import Path

from afterpulse.cards import CardError
from afterpulse.cards.claims import CLAIMS
from afterpulse.cards.sections import content, declaration, digest
from afterpulse.cards.variants import roles
from afterpulse.datasets import DatasetError, card_text, write_card
from afterpulse.device.reference_pulse import after_reference_pulse
from afterpulse.figures.registry import FIGURES as ALL_FIGURES
from afterpulse.neuron.chunks import chunks as cell_chunks
from afterpulse.neuron.chunks import role as cell_role
from afterpulse.neuron.protocols import PROTOCOLS as NEURON_PROTOCOLS
from afterpulse.timeline.plan import plan, read_plan, rows_of, write_plan
from afterpulse.timeline.protocol import SWEEP_DATASETS, sample_files
from afterpulse.workflow.configuration import DEFAULTS, command, configured
from afterpulse.workflow.lock import record_run
from afterpulse.workflow.process import become_parent, end_with_parent
from afterpulse.workflow.run import function_of

ENVIRONMENT = "../envs/afterpulse.yaml"

# Local jobs end with the Snakemake that started them, also if it is killed.
if not workflow.is_main_process and not workflow.remote_exec:
    end_with_parent()
become_parent()


def refuse(error):
    """Print why nothing can be run, and end."""
    print(error, file=sys.stderr)
    sys.exit(2)


try:
    CONFIGURATION = configured(config, Path(workflow.basedir))
except CardError as error:
    refuse(error)
device, experiment, VARIANTS = CONFIGURATION
RESULTS = CONFIGURATION.results
# The cards behind each folder of results: those of the configuration, or their variants.
BASES = CONFIGURATION.cards
# What each variant stands for, if hypotheses are compared.
ROLES = {name: tuple(role) for name, role in roles(experiment).items()}

# What `rule all` asks for, extended beside the rules. Targets are patterns, or functions of a folder;
# among them are all datasets, so that a damaged one that was removed is computed again. Each table
# gets a page.
TARGETS, TABLES = [], []


@cache
def planned(base):
    """The plan of a folder; jobs parse this file too, and planning again changes nothing."""
    path = Path(base) / "plan.csv"
    try:
        return plan(*BASES[base], read_plan(path) if path.exists() else None)
    except (CardError, DatasetError) as error:
        refuse(error)


def planned_rows(base, protocol=None):
    """Rows of the plan, all or those of a protocol."""
    table = planned(base)
    return table if protocol is None else rows_of(table, protocol)


def chunks_of(base, protocol=None):
    """Files of the chunks of a folder, all or those of a protocol, in the order of the plan."""
    chunks = planned_rows(base, protocol)["chunk"].unique()
    return [f"{base}/trajectories/{chunk}.nc" for chunk in chunks]


def samples_of(base):
    """Files of the samples of a folder, in the order of their indices."""
    return [f"{base}/{sample_files(n)[0]}" for n in range(BASES[base][1].samples)]


def ground_states_of(base):
    """Files of the ground states of the samples."""
    return [f"{base}/{sample_files(n)[1]}" for n in range(BASES[base][1].samples)]


def fields_of(base):
    """Files with the magnetisation fields of the chunks of a folder."""
    return [
        FIELDS["fields"].format(base=base, chunk=Path(file).stem)
        for file in (chunks_of(base) if FIELDS else [])
    ]


@cache
def samples_of_chunks(base):
    """Index of the sample of each chunk."""
    table = planned(base).drop_duplicates("chunk")
    return dict(zip(table["chunk"], table["sample"]))


def film_of(wildcards):
    """Files of the sample of a chunk and of its ground state."""
    files = sample_files(samples_of_chunks(wildcards.base)[wildcards.chunk])
    return [f"{wildcards.base}/{file}" for file in files]


def refined_of(base):
    """Files with further amplitudes of the sweep, one a pulse width."""
    if "ahe" not in SWEEPS or experiment.sweep.refine is None:
        return []
    widths = range(len(BASES[base][1].sweep.pulse_width))
    return [f"{base}/refined/{width}.nc" for width in widths]


def cell_files(base, role=""):
    """Files of the random trains of a role, or of all, a chunk a job."""
    parts = cell_chunks(*BASES[base]).items()
    return [f"{base}/neuron/{p}.nc" for p, (name, *_) in parts if name.startswith(role)]


def replicates_of(wildcards):
    """Repeats of each random train of a chunk; trains that join change no others."""
    experiment_card = BASES[wildcards.base][1]
    role, *_ = cell_chunks(*BASES[wildcards.base])[wildcards.part]
    return cell_role(experiment_card.memory_cell, role).replicates


def plan_of(protocol):
    """Parameters of a rule that reads the rows of a protocol (function of wildcards) in the plan."""
    return {
        "plan": lambda wildcards: f"{wildcards.base}/plan.csv",
        "points": lambda wildcards: digest(
            list(planned_rows(wildcards.base, protocol(wildcards))["point"])
        ),
    }


def card_of(base, kind):
    """File of a card as it is used, with all defaults, beside the results."""
    return f"{base}/cards/{(device if kind == 'device' else experiment).name}.yaml"


@cache
def content_of(base, function):
    return content(*BASES[base], declaration(function_of(function)).sections)


def cards(function):
    """Parameters of a rule whose inputs belong to the cards.

    The cards are no inputs, since their dates mean nothing: a job depends on the content of the
    sections that the function declares (`afterpulse.cards.sections.reads`).
    """
    return {
        "function": function,
        "device": lambda wildcards: card_of(wildcards.base, "device"),
        "experiment": lambda wildcards: card_of(wildcards.base, "experiment"),
        "content": lambda wildcards: content_of(wildcards.base, function),
    }


TRAINS = list(experiment.trains)
# What is drawn follows from what the experiment has.
PROTOCOLS = planned(next(iter(BASES)))["protocol"]
SWEEPS = {SWEEP_DATASETS[p]: p for p in dict.fromkeys(PROTOCOLS) if p in SWEEP_DATASETS}


def needs(minutes, megabytes=2000):
    """Wall time and memory that a job asks a cluster for; each attempt asks for more of both."""
    return {
        "runtime": lambda wildcards, attempt: minutes * attempt,
        "mem_mb": lambda wildcards, attempt: megabytes * attempt,
    }


wildcard_constraints:
    base="|".join(map(re.escape, BASES)),
    sample_suffix="(_[1-9][0-9]*)?",
    chunk="c[0-9a-f]{12}",
    sweep="|".join(SWEEP_DATASETS.values()),
    network_part="wait_[0-9]+|timeless|mnist_[0-9]+",
    neuron_protocol="|".join(NEURON_PROTOCOLS),
    part="(training|held_out|device)_[0-9]+",
    width="[0-9]+",
    train="[a-z][a-z0-9_]*",
    table="[a-z]+",
