from afterpulse import jobs

jobs.start_log(snakemake.log[0], "variants")
jobs.tabulate_variants(snakemake.params.changes, snakemake.input, snakemake.output[0])
