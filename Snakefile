# A device card and an experiment card in, the paper's figures out:
#   snakemake --config device=pt_co_irmn experiment=fig1
from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"
include: "workflow/rules/film.smk"
include: "workflow/rules/trajectories.smk"
include: "workflow/rules/mechanisms.smk"
include: "workflow/rules/analysis.smk"


# All are asked for, so that one that is missing is computed anew, and what follows from it.
DATASETS = [
    *(f"{RESULTS}/{name}.nc" for name in ("sample", "ground_state", "calibration")),
    *TRAJECTORIES,
    *TRAIN_FILES,
    *dict.fromkeys(
        file
        for files in [*FIGURE_INPUTS.values(), TABLES]
        for file in files
        if file.endswith(".nc")
    ),
]
if experiment.inference is not None:
    DATASETS += [f"{RESULTS}/mechanisms/traces.nc", *BANKS]
if workflow.is_main_process:
    # Jobs read the rules as well.
    for line in store.remove_damaged(DATASETS):
        print(f"{line}, to be computed anew", file=sys.stderr)


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        f"{RESULTS}/plan.csv",
        DATASETS,
        FIGURES,
        [f"{RESULTS}/{name}.html" for name in PAGES],
        TABLES,
