from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "ground state")
jobs.relax_ground_state(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.output[0],
)
