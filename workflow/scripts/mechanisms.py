from afterpulse import jobs

jobs.start_log(snakemake.log[0], "mechanisms")
jobs.infer_mechanisms(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.traces,
    list(snakemake.input.banks),
    snakemake.output.dataset,
    snakemake.output.table,
)
