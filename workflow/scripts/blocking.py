from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "blocking")
jobs.measure_blocking(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.input.calibration,
    snakemake.output[0],
)
