from afterpulse import jobs

part = snakemake.wildcards.network_part
jobs.start_log(snakemake.log[0], f"networks {part}")
jobs.train_networks(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.cell,
    part,
    next(iter(snakemake.input.mnist), None),
    snakemake.output[0],
)
