import sys

sys.path.insert(0, str(snakemake.params.root))
from analysis import figures

figures.FIGURES[snakemake.wildcards.figure](
    list(snakemake.input), snakemake.output.png.removesuffix(".png")
)
