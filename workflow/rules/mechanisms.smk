# Which mechanisms a sweep's traces support: simulations over the prior range of the device's
# parameters, one job a combination of mechanisms, and forests grown on them.


use rule job as traces with:
    input:
        ahe="{base}/ahe.nc",
    output:
        "{base}/mechanisms/traces.nc",
    log:
        "{base}/logs/mechanisms/traces.log",
    params:
        **CARDS,
        content=of_content("all"),


use rule job as bank with:
    input:
        calibration=rules.calibration.output[0],
        traces=rules.traces.output[0],
    output:
        "{base}/mechanisms/bank_{number}.nc",
    log:
        "{base}/logs/mechanisms/bank_{number}.log",
    resources:
        **needs(120),
    params:
        **CARDS,
        content=of_content("all"),


use rule job as mechanisms with:
    input:
        traces=rules.traces.output[0],
        banks=BANK_FILES,
    output:
        dataset="{base}/mechanisms.nc",
        table="{base}/mechanisms.csv",
    log:
        "{base}/logs/mechanisms.log",
    resources:
        **needs(60, 4000),
    params:
        **CARDS,
        content=of_content("all"),
