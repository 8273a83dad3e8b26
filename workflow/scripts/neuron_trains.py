from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "neuron_trains")
jobs.simulate_neuron_trains(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.input.calibration,
    *snakemake.params.chunk,
    snakemake.output[0],
)
