from afterpulse import jobs

jobs.start_log(snakemake.log[0], "failed")
jobs.tabulate_failures(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.params.plan,
    snakemake.input.trajectories,
    snakemake.output[0],
)
