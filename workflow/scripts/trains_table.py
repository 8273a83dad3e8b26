from afterpulse import jobs, workflow_job

workflow_job.start(snakemake, "table of trains")
jobs.tabulate_trains(snakemake.input.trains, snakemake.output[0])
