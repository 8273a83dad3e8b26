from afterpulse import jobs, workflow_job

part = snakemake.wildcards.network_part
workflow_job.start(snakemake, f"networks {part}")
jobs.train_networks(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.cell,
    part,
    next(iter(snakemake.input.mnist), None),
    snakemake.output[0],
)
