import sys

from afterpulse import workflow_job

sys.path.insert(0, str(snakemake.params.root))
from analysis import figures

workflow_job.start(snakemake, "explore")
figures.draw_explore(list(snakemake.input), snakemake.output[0].removesuffix(".html"))
