from afterpulse import jobs

jobs.start_log(snakemake.log[0], "sample")
jobs.make_sample(snakemake.params.device, snakemake.params.experiment, snakemake.output[0])
