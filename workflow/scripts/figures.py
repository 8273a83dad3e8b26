from pathlib import Path

from afterpulse import workflow_job
from afterpulse.figures.registry import FIGURES

workflow_job.start(snakemake, "figures")
for stem, files in snakemake.params.drawn.items():
    workflow_job.logger.info("%s", stem)
    FIGURES[Path(stem).name].draw(files, stem)
