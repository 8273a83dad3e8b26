from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "variants")
jobs.tabulate_variants(snakemake.params.changes, snakemake.input, snakemake.output[0])
