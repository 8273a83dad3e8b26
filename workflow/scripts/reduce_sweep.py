from afterpulse import jobs

jobs.reduce_sweep(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.input.trajectories,
    snakemake.output[0],
)
