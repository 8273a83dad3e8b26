from afterpulse import jobs

jobs.start_log(snakemake.log[0], "traces")
jobs.select_traces(
    snakemake.params.device, snakemake.params.experiment, snakemake.input.ahe, snakemake.output[0]
)
