# Networks of the memory cell beside others.


use rule job as network with:
    input:
        cell=rules.cell.output.dataset,
        mnist=lambda wildcards: (
            [str(config["mnist"])]
            if wildcards.network_part.startswith("mnist")
            else []
        ),
    output:
        "{base}/networks/{network_part}.nc",
    log:
        "{base}/logs/networks/{network_part}.log",
    resources:
        **needs(240, 4000),
    params:
        **CARDS,
        content=of_content("all"),


use rule job as networks with:
    input:
        NETWORK_FILES,
    output:
        "{base}/networks.csv",
    log:
        "{base}/logs/networks.log",
    params:
        **CARDS,
