from os.path import splitext

from afterpulse import workflow_job
from afterpulse.figures.registry import FIGURES

workflow_job.start(snakemake, f"figure {snakemake.wildcards.figure}")
FIGURES[snakemake.wildcards.figure].draw(list(snakemake.input), splitext(snakemake.output[0])[0])
