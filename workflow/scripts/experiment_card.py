from afterpulse import jobs

jobs.write_experiment_card(snakemake.input[0], snakemake.params.engine, snakemake.output[0])
