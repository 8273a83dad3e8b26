import sys

sys.path.insert(0, str(snakemake.params.root))
from analysis import figures

figures.draw_explore(list(snakemake.input), snakemake.output[0].removesuffix(".html"))
