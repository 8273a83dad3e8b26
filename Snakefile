# A device card and an experiment card in, the paper's figures out:
#   snakemake --config device=pt_co_irmn experiment=fig1
from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"
include: "workflow/rules/film.smk"
include: "workflow/rules/trajectories.smk"
include: "workflow/rules/mechanisms.smk"
include: "workflow/rules/analysis.smk"


report: "workflow/report/workflow.rst"


# Before the first job, and not in a dry run.
onstart:
    write_plan(PLANNED, PLAN)


rule all:
    default_target: True
    input:
        FIGURES,
        [f"{RESULTS}/{name}.html" for name in PAGES],
        TABLES,
