from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "train")
jobs.reduce_train(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.params.plan,
    snakemake.input.trajectories,
    snakemake.output[0],
)
