from afterpulse import workflow_job
from afterpulse.figures import figures

workflow_job.start(snakemake, "explore")
figures.draw_explore(list(snakemake.input), snakemake.output[0].removesuffix(".html"))
