from afterpulse import workflow_job
from afterpulse.figures import figures

workflow_job.start(snakemake, f"figure {snakemake.wildcards.figure}")
figures.FIGURES[snakemake.wildcards.figure](
    list(snakemake.input), snakemake.output.png.removesuffix(".png")
)
