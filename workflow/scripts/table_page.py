import sys

sys.path.insert(0, str(snakemake.params.root))
from analysis import table_page

table_page.write(snakemake.input[0], snakemake.output[0])
