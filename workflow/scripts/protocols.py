from afterpulse import jobs

jobs.start_log(snakemake.log[0], "protocols")
jobs.compare_protocols(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.cell,
    list(snakemake.input.simulated),
    list(snakemake.output.answers),
    snakemake.output.table,
)
