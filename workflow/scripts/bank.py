from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, f"bank {snakemake.wildcards.number}")
jobs.simulate_bank(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.calibration,
    snakemake.input.traces,
    int(snakemake.wildcards.number),
    snakemake.output[0],
)
