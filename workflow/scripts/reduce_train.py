from afterpulse import jobs

jobs.reduce_train(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.input.trajectories,
    snakemake.output[0],
)
