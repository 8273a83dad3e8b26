from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, snakemake.wildcards.neuron_protocol)
jobs.simulate_protocol(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.input.calibration,
    snakemake.wildcards.neuron_protocol,
    snakemake.output[0],
)
