from afterpulse import jobs

jobs.start_log(snakemake.log[0], "table of networks")
jobs.tabulate_networks(list(snakemake.input), snakemake.output[0])
