from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, f"refine {snakemake.wildcards.width}")
jobs.refine_sweep(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.params.plan,
    snakemake.input.sample,
    snakemake.input.ground_state,
    snakemake.input.calibration,
    snakemake.input.trajectories,
    int(snakemake.wildcards.width),
    snakemake.output[0],
)
