from afterpulse import jobs

jobs.start_log(snakemake.log[0], f"bank {snakemake.wildcards.number}")
jobs.simulate_bank(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.calibration,
    snakemake.input.traces,
    int(snakemake.wildcards.number),
    snakemake.output[0],
)
