from afterpulse import jobs

jobs.start_log(snakemake.log[0], "blocking")
jobs.measure_blocking(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.input.sample,
    snakemake.input.calibration,
    snakemake.output[0],
)
