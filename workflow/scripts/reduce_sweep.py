from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "sweep")
jobs.reduce_sweep(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.params.plan,
    snakemake.input.trajectories,
    snakemake.input.refined,
    snakemake.output[0],
)
