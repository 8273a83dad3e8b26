# Which mechanisms a sweep's traces support: simulations over the prior range of the device's
# parameters, one job a combination of mechanisms, and forests grown on them.
BANKS = [f"{RESULTS}/mechanisms/bank_{number}.nc" for number in range(8)]


rule traces:
    input:
        **CARDS,
        ahe=f"{RESULTS}/ahe.nc",
    output:
        f"{RESULTS}/mechanisms/traces.nc",
    log:
        f"{LOGS}/mechanisms/traces.log",
    benchmark:
        f"{BENCHMARKS}/mechanisms/traces.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("traces"),
    params:
        content=CONTENT["all"],
    script:
        "../scripts/traces.py"


rule bank:
    input:
        **CARDS,
        calibration=ancient(rules.calibration.output[0]),
        traces=rules.traces.output[0],
    output:
        f"{RESULTS}/mechanisms/bank_{{number}}.nc",
    log:
        f"{LOGS}/mechanisms/bank_{{number}}.log",
    benchmark:
        f"{BENCHMARKS}/mechanisms/bank_{{number}}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("bank"),
    params:
        content=CONTENT["all"],
    script:
        "../scripts/bank.py"


rule mechanisms:
    input:
        **CARDS,
        traces=rules.traces.output[0],
        banks=BANKS,
    output:
        dataset=f"{RESULTS}/mechanisms.nc",
        table=report(
            f"{RESULTS}/mechanisms.csv",
            caption="../report/mechanisms.rst",
            category="Tables",
        ),
    log:
        f"{LOGS}/mechanisms.log",
    benchmark:
        f"{BENCHMARKS}/mechanisms.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("mechanisms"),
    params:
        content=CONTENT["all"],
    script:
        "../scripts/mechanisms.py"
