from afterpulse.cards.mechanisms import combinations

# Which mechanisms a sweep's traces support: simulations over the prior range of the device's
# parameters, one job a combination of mechanisms, and forests grown on them.
BANKS = range(len(combinations()))
BANK_FILES = [f"{{base}}/mechanisms/bank_{number}.nc" for number in BANKS]
if experiment.inference is not None:
    TARGETS += [*BANK_FILES, "{base}/mechanisms.nc"]
    TABLES += ["mechanisms"]


use rule job as traces with:
    input:
        ahe="{base}/ahe.nc",
    output:
        "{base}/mechanisms/traces.nc",
    log:
        "{base}/logs/mechanisms/traces.log",
    params:
        **cards("inference.traces"),


use rule job as bank with:
    input:
        calibration=rules.calibration.output[0],
        traces=rules.traces.output[0],
    output:
        "{base}/mechanisms/bank_{number}.nc",
    log:
        "{base}/logs/mechanisms/bank_{number}.log",
    wildcard_constraints:
        number="|".join(map(str, BANKS)),
    resources:
        **needs(120),
    params:
        **cards("inference.bank"),


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
        **cards("inference.mechanisms"),
