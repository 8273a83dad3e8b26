from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "traces")
jobs.select_traces(
    snakemake.params.device, snakemake.params.experiment, snakemake.input.ahe, snakemake.output[0]
)
