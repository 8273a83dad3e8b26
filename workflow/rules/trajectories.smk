# Pulses and waits, a chunk of points a job, and their reduction to Hall voltages; and the
# measurement of blocking temperatures, which needs no pulses.


rule trajectories:
    input:
        **CARDS,
        sample=rules.sample.output[0],
        ground_state=rules.ground_state.output[0],
        calibration=rules.calibration.output[0],
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
    script:
        "../scripts/reduce_train.py"


rule blocking:
    input:
        **CARDS,
        sample=rules.sample.output[0],
        calibration=rules.calibration.output[0],
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
    script:
        "../scripts/blocking.py"
