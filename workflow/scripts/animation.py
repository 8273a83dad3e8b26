import sys

sys.path.insert(0, str(snakemake.params.root))
from analysis import figures

figures.draw_animation(list(snakemake.input), snakemake.output.gif.removesuffix(".gif"))
