from afterpulse import jobs

jobs.start_log(snakemake.log[0], "sample")
jobs.make_sample(snakemake.input.device, snakemake.input.experiment, snakemake.output[0])
