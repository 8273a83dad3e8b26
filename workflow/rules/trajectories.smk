# Pulses and waits, a chunk of points a job, and their reduction to Hall voltages; and the
# measurement of blocking temperatures, which needs no pulses.


rule trajectories:
    input:
        sample=rules.sample.output[0],
        ground_state=rules.ground_state.output[0],
        calibration=rules.calibration.output[0],
    output:
        "{base}/trajectories/{chunk}.nc",
    log:
        "{base}/logs/trajectories/{chunk}.log",
    benchmark:
        "{base}/benchmarks/trajectories/{chunk}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("trajectories"),
    params:
        **CARDS,
        plan=plan_of,
    script:
        "../scripts/trajectories.py"


# More amplitudes where the voltage changes fast. How many is known to the job alone.
rule refine:
    input:
        sample=rules.sample.output[0],
        ground_state=rules.ground_state.output[0],
        calibration=rules.calibration.output[0],
        trajectories=lambda wildcards: chunks_of(wildcards.base, "sweep"),
    output:
        "{base}/refined/{width}.nc",
    log:
        "{base}/logs/refined/{width}.log",
    benchmark:
        "{base}/benchmarks/refined/{width}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("refine"),
    params:
        **CARDS,
        plan=plan_of,
        content=of_content("all"),
    script:
        "../scripts/refine.py"


rule reduce_sweep:
    input:
        trajectories=lambda wildcards: chunks_of(
            wildcards.base, SWEEPS[wildcards.sweep]
        ),
        refined=lambda wildcards: refined_of(wildcards.base, wildcards.sweep),
    output:
        "{base}/{sweep}.nc",
    log:
        "{base}/logs/{sweep}.log",
    benchmark:
        "{base}/benchmarks/{sweep}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("reduce_sweep"),
    params:
        **CARDS,
        plan=plan_of,
        content=of_content("all"),
    script:
        "../scripts/reduce_sweep.py"


rule reduce_train:
    input:
        trajectories=lambda wildcards: chunks_of(wildcards.base, wildcards.train),
    output:
        "{base}/trains/{train}.nc",
    log:
        "{base}/logs/trains/{train}.log",
    benchmark:
        "{base}/benchmarks/trains/{train}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("reduce_train"),
    params:
        **CARDS,
        plan=plan_of,
        content=of_content("all"),
    script:
        "../scripts/reduce_train.py"


rule failed:
    input:
        trajectories=lambda wildcards: chunks_of(wildcards.base),
    output:
        "{base}/failed.csv",
    log:
        "{base}/logs/failed.log",
    benchmark:
        "{base}/benchmarks/failed.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("failed"),
    params:
        **CARDS,
        plan=plan_of,
        content=of_content("all"),
    script:
        "../scripts/failed.py"


rule blocking:
    input:
        sample=rules.sample.output[0],
        calibration=rules.calibration.output[0],
    output:
        "{base}/blocking.nc",
    log:
        "{base}/logs/blocking.log",
    benchmark:
        "{base}/benchmarks/blocking.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("blocking"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/blocking.py"
