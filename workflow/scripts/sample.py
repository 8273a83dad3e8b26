from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "sample")
jobs.make_sample(snakemake.params.device, snakemake.params.experiment, snakemake.output[0])
