from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "mechanisms")
jobs.infer_mechanisms(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.traces,
    list(snakemake.input.banks),
    snakemake.output.dataset,
    snakemake.output.table,
)
