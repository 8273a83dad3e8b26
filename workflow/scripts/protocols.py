from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "protocols")
jobs.compare_protocols(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.cell,
    list(snakemake.input.simulated),
    list(snakemake.output.answers),
    snakemake.output.table,
)
