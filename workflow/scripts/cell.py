from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "cell")
jobs.identify_cell(
    snakemake.params.device,
    snakemake.params.experiment,
    list(snakemake.input.training),
    list(snakemake.input.held_out),
    list(snakemake.input.others),
    snakemake.output.dataset,
    snakemake.output.table,
)
