from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "failed")
jobs.tabulate_failures(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.params.plan,
    snakemake.input.trajectories,
    snakemake.output[0],
)
