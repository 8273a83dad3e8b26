# Which mechanisms a sweep's traces support: simulations over the prior range of the device's
# parameters, one job a combination of mechanisms, and forests grown on them.


rule traces:
    input:
        ahe="{base}/ahe.nc",
    output:
        "{base}/mechanisms/traces.nc",
    log:
        "{base}/logs/mechanisms/traces.log",
    benchmark:
        "{base}/benchmarks/mechanisms/traces.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("traces"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/traces.py"


rule bank:
    input:
        calibration=rules.calibration.output[0],
        traces=rules.traces.output[0],
    output:
        "{base}/mechanisms/bank_{number}.nc",
    log:
        "{base}/logs/mechanisms/bank_{number}.log",
    benchmark:
        "{base}/benchmarks/mechanisms/bank_{number}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("bank"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/bank.py"


rule mechanisms:
    input:
        traces=rules.traces.output[0],
        banks=BANK_FILES,
    output:
        dataset="{base}/mechanisms.nc",
        table="{base}/mechanisms.csv",
    log:
        "{base}/logs/mechanisms.log",
    benchmark:
        "{base}/benchmarks/mechanisms.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("mechanisms"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/mechanisms.py"
