import sys
from pathlib import Path

from afterpulse import jobs

sys.path.insert(0, str(snakemake.params.root))
from analysis import figures

jobs.start_log(snakemake.log[0], "figures")
for stem, files in snakemake.params.drawn.items():
    jobs.logger.info("%s", stem)
    figures.FIGURES[Path(stem).name](files, stem)
