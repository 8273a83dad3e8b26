from afterpulse import jobs

jobs.start_log(snakemake.log[0], f"refine {snakemake.wildcards.width}")
jobs.refine_sweep(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.params.plan,
    snakemake.input.sample,
    snakemake.input.ground_state,
    snakemake.input.calibration,
    snakemake.input.trajectories,
    int(snakemake.wildcards.width),
    snakemake.output[0],
)
