from pathlib import Path

from afterpulse import workflow_job
from afterpulse.figures import figures

workflow_job.start(snakemake, "figures")
for stem, files in snakemake.params.drawn.items():
    workflow_job.logger.info("%s", stem)
    figures.FIGURES[Path(stem).name](files, stem)
