from afterpulse import jobs

jobs.start_log(snakemake.log[0], "failed")
jobs.tabulate_failures(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.params.plan,
    snakemake.input.trajectories,
    snakemake.output[0],
)
