from afterpulse import jobs

jobs.tabulate_trains(snakemake.input.trains, snakemake.output[0])
