from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "calibration")
jobs.measure_calibration(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.output[0],
)
