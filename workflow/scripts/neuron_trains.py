from afterpulse import jobs

jobs.start_log(snakemake.log[0], "neuron_trains")
jobs.simulate_neuron_trains(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.input.calibration,
    *snakemake.params.chunk,
    snakemake.output[0],
)
