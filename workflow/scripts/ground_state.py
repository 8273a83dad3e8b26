from afterpulse import jobs

jobs.start_log(snakemake.log[0], "ground state")
jobs.relax_ground_state(
    snakemake.params.device,
    snakemake.params.experiment,
    snakemake.input.sample,
    snakemake.output[0],
)
