from afterpulse import jobs

jobs.start_log(snakemake.log[0], "fit")
jobs.fit(
    snakemake.input.ahe,
    snakemake.output.dataset,
    snakemake.output.table,
    snakemake.output.retention,
)
