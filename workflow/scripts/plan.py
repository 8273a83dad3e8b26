from afterpulse import jobs

jobs.write_plan(snakemake.input.device, snakemake.input.experiment, snakemake.output[0])
