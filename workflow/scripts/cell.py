from afterpulse import jobs

jobs.start_log(snakemake.log[0], "cell")
jobs.identify_cell(
    snakemake.params.device,
    snakemake.params.experiment,
    list(snakemake.input.training),
    list(snakemake.input.held_out),
    list(snakemake.input.others),
    snakemake.output.dataset,
    snakemake.output.table,
)
