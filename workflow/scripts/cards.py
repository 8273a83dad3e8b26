from afterpulse import jobs

jobs.start_log(snakemake.log[0], "cards")
for kind in ("device", "experiment"):
    jobs.write_card(snakemake.params[kind], snakemake.output[kind])
