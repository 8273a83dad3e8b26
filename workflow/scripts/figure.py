import sys

from afterpulse import workflow_job

sys.path.insert(0, str(snakemake.params.root))
from analysis import figures

workflow_job.start(snakemake, f"figure {snakemake.wildcards.figure}")
figures.FIGURES[snakemake.wildcards.figure](
    list(snakemake.input), snakemake.output.png.removesuffix(".png")
)
