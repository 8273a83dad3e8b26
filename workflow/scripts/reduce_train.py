from afterpulse import jobs

jobs.start_log(snakemake.log[0], "train")
jobs.reduce_train(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.params.plan,
    snakemake.input.trajectories,
    snakemake.output[0],
)
