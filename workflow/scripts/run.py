from afterpulse.workflow.run import run

run(snakemake)
