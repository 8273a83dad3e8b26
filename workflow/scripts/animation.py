import sys

sys.path.insert(0, str(snakemake.params.root))
from analysis import figures

figures.draw_animation(list(snakemake.input), snakemake.output[0].removesuffix(".gif"))
