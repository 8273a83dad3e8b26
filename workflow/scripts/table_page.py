from afterpulse import workflow_job
from afterpulse.figures import table_page

workflow_job.start(snakemake, f"page of {snakemake.wildcards.table}")
table_page.write(snakemake.input[0], snakemake.output[0])
