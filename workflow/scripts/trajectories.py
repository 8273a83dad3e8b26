from afterpulse import jobs

jobs.start_log(snakemake.log[0], f"trajectories {snakemake.wildcards.chunk}")
jobs.run_chunk(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.params.plan,
    snakemake.input.sample,
    snakemake.input.ground_state,
    snakemake.input.calibration,
    snakemake.wildcards.chunk,
    snakemake.output[0],
)
