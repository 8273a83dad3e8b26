from afterpulse import jobs

jobs.start_log(snakemake.log[0], snakemake.wildcards.neuron_protocol)
jobs.simulate_protocol(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.input.calibration,
    snakemake.wildcards.neuron_protocol,
    snakemake.output[0],
)
