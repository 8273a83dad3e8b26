from afterpulse import jobs

jobs.start_log(snakemake.log[0], "sweep")
jobs.reduce_sweep(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.params.plan,
    snakemake.input.trajectories,
    snakemake.input.refined,
    snakemake.output[0],
)
