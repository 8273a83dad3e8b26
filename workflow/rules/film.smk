# A random sample of the film, its ground state, and what its units are.


if "engine" in config:

    rule experiment_card:
        input:
            EXPERIMENT_CARD,
        output:
            USED_CARD,
        log:
            f"{LOGS}/experiment_card.log",
        conda:
            ENVIRONMENT
        resources:
            **request("experiment_card"),
        params:
            engine=experiment.engine,
        script:
            "../scripts/experiment_card.py"


rule sample:
    input:
        **CARDS,
    output:
        f"{RESULTS}/sample.nc",
    log:
        f"{LOGS}/sample.log",
    benchmark:
        f"{BENCHMARKS}/sample.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("sample"),
    params:
        content=CONTENT["sample"],
    script:
        "../scripts/sample.py"


rule ground_state:
    input:
        **CARDS,
        sample=ancient(rules.sample.output[0]),
    output:
        f"{RESULTS}/ground_state.nc",
    log:
        f"{LOGS}/ground_state.log",
    benchmark:
        f"{BENCHMARKS}/ground_state.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("ground_state"),
    params:
        content=CONTENT["ground_state"],
    script:
        "../scripts/ground_state.py"


rule calibration:
    input:
        **CARDS,
        sample=ancient(rules.sample.output[0]),
    output:
        f"{RESULTS}/calibration.nc",
    log:
        f"{LOGS}/calibration.log",
    benchmark:
        f"{BENCHMARKS}/calibration.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("calibration"),
    params:
        content=CONTENT["calibration"],
    script:
        "../scripts/calibration.py"
