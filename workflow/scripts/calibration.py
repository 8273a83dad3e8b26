from afterpulse import jobs

jobs.start_log(snakemake.log[0], "calibration")
jobs.measure_calibration(
    snakemake.input.device,
    snakemake.input.experiment,
    snakemake.input.sample,
    snakemake.output[0],
)
