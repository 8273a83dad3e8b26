from afterpulse import jobs

jobs.start_log(snakemake.log[0], "blocking")
jobs.measure_blocking(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.input.calibration,
    snakemake.output[0],
)
