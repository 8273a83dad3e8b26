# Pulses and waits, a chunk of points a job, and their reduction to Hall voltages; and the
# measurement of blocking temperatures, which needs no pulses.


rule trajectories:
    input:
        **CARDS,
        sample=ancient(rules.sample.output[0]),
        ground_state=ancient(rules.ground_state.output[0]),
        calibration=ancient(rules.calibration.output[0]),
    output:
        f"{RESULTS}/trajectories/{{chunk}}.nc",
    log:
        f"{LOGS}/trajectories/{{chunk}}.log",
    benchmark:
        f"{BENCHMARKS}/trajectories/{{chunk}}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("trajectories"),
    params:
        plan=PLAN,
    script:
        "../scripts/trajectories.py"


rule reduce_sweep:
    input:
        **CARDS,
        trajectories=lambda wildcards: trajectories_of(SWEEPS[wildcards.sweep]),
    output:
        f"{RESULTS}/{{sweep}}.nc",
    log:
        f"{LOGS}/{{sweep}}.log",
    benchmark:
        f"{BENCHMARKS}/{{sweep}}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("reduce_sweep"),
    params:
        plan=PLAN,
        content=CONTENT["all"],
    script:
        "../scripts/reduce_sweep.py"


rule reduce_train:
    input:
        **CARDS,
        trajectories=lambda wildcards: trajectories_of(wildcards.train),
    output:
        f"{RESULTS}/trains/{{train}}.nc",
    log:
        f"{LOGS}/trains/{{train}}.log",
    benchmark:
        f"{BENCHMARKS}/trains/{{train}}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("reduce_train"),
    params:
        plan=PLAN,
        content=CONTENT["all"],
    script:
        "../scripts/reduce_train.py"


rule failed:
    input:
        **CARDS,
        trajectories=[f"{RESULTS}/trajectories/{chunk}.nc" for chunk in CHUNKS],
    output:
        report(
            f"{RESULTS}/failed.csv", caption="../report/failed.rst", category="Tables"
        ),
    log:
        f"{LOGS}/failed.log",
    benchmark:
        f"{BENCHMARKS}/failed.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("failed"),
    params:
        plan=PLAN,
        content=CONTENT["all"],
    script:
        "../scripts/failed.py"


rule blocking:
    input:
        **CARDS,
        sample=ancient(rules.sample.output[0]),
        calibration=ancient(rules.calibration.output[0]),
    output:
        f"{RESULTS}/blocking.nc",
    log:
        f"{LOGS}/blocking.log",
    benchmark:
        f"{BENCHMARKS}/blocking.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("blocking"),
    params:
        content=CONTENT["all"],
    script:
        "../scripts/blocking.py"
