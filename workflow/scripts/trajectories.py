from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, f"trajectories {snakemake.wildcards.chunk}")
jobs.run_chunk(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.params.plan,
    snakemake.input.sample,
    snakemake.input.ground_state,
    snakemake.input.calibration,
    snakemake.wildcards.chunk,
    snakemake.output[0],
)
