from afterpulse import jobs

jobs.start_log(snakemake.log[0], "calibration")
jobs.measure_calibration(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.output[0],
)
