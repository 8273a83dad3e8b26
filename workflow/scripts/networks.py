from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "table of networks")
jobs.tabulate_networks(list(snakemake.input), snakemake.output[0])
