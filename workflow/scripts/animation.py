import sys

from afterpulse import workflow_job

sys.path.insert(0, str(snakemake.params.root))
from analysis import figures

workflow_job.start(snakemake, "animation")
figures.draw_animation(list(snakemake.input), snakemake.output.gif.removesuffix(".gif"))
