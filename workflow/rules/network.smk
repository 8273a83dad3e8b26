# Networks of the memory cell beside others.


rule network:
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
    benchmark:
        "{base}/benchmarks/networks/{network_part}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("network"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/network.py"


rule networks:
    input:
        NETWORK_FILES,
    output:
        "{base}/networks.csv",
    log:
        "{base}/logs/networks.log",
    benchmark:
        "{base}/benchmarks/networks.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("networks"),
    params:
        **CARDS,
    script:
        "../scripts/networks.py"
