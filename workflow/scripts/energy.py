from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "energy")
jobs.tabulate_energy(snakemake.params.device, snakemake.params.experiment, snakemake.output[0])
