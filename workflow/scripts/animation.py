from afterpulse import workflow_job
from afterpulse.figures import figures

workflow_job.start(snakemake, "animation")
figures.draw_animation(list(snakemake.input), snakemake.output.gif.removesuffix(".gif"))
