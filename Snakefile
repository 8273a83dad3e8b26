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
    for base in BASES:
        write_plan(planned(base), f"{base}/plan.csv")


rule all:
    default_target: True
    input:
        expand([*FIGURES, *TABLES], base=BASES),
        VARIED,
