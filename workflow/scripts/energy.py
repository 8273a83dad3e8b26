from afterpulse import jobs

jobs.start_log(snakemake.log[0], "energy")
jobs.tabulate_energy(snakemake.params.device, snakemake.params.experiment, snakemake.output[0])
