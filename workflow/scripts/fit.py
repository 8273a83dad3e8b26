from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "fit")
jobs.fit(
    snakemake.input.ahe,
    snakemake.output.dataset,
    snakemake.output.table,
    snakemake.output.retention,
)
