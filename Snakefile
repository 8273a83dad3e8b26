# A device card and an experiment card in, the paper's figures out:
#   snakemake --config device=pt_co_irmn experiment=fig1
from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"
include: "workflow/rules/job.smk"
include: "workflow/rules/film.smk"
include: "workflow/rules/trajectories.smk"
include: "workflow/rules/mechanisms.smk"
include: "workflow/rules/neuron.smk"
include: "workflow/rules/network.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/analysis.smk"


# The report shows both cards with all defaults, the thermal spin currents and the caption of each
# figure.
config["cards"] = {
    "device": card_text(device),
    "experiment": card_text(experiment),
}
config["thermal_spin_currents"] = after_reference_pulse(device)._asdict()
config["captions"] = {name: figure.caption for name, figure in DRAWN.items()}


report: "workflow/report/workflow.rst"


# Before the first job, and not in a dry run.
onstart:
    record_run(os.getpid())
    for base, pair in BASES.items():
        write_plan(planned(base), f"{base}/plan.csv")
        for kind, card in zip(("device", "experiment"), pair):
            write_card(card, card_of(base, kind))


onsuccess:
    record_run(os.getpid()).unlink()


onerror:
    record_run(os.getpid()).unlink()


rule all:
    default_target: True
    input:
        expand("{base}/{table}.csv", base=BASES, table=TABLES),
        expand("{base}/tables/{table}.html", base=BASES, table=TABLES),
        VARIED,
        lambda wildcards: [
            file
            for base in BASES
            for target in TARGETS
            for file in (
                target(base) if callable(target) else [target.format(base=base)]
            )
        ],
