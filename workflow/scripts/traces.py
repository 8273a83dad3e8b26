from afterpulse import jobs

jobs.start_log(snakemake.log[0], "traces")
jobs.select_traces(
    snakemake.input.device, snakemake.input.experiment, snakemake.input.ahe, snakemake.output[0]
)
