# A random sample of the film, its ground state, and what its units are.


rule sample:
    output:
        "{base}/sample.nc",
    log:
        "{base}/logs/sample.log",
    benchmark:
        "{base}/benchmarks/sample.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("sample"),
    params:
        **CARDS,
        content=of_content("sample"),
    script:
        "../scripts/sample.py"


rule ground_state:
    input:
        sample=rules.sample.output[0],
    output:
        "{base}/ground_state.nc",
    log:
        "{base}/logs/ground_state.log",
    benchmark:
        "{base}/benchmarks/ground_state.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("ground_state"),
    params:
        **CARDS,
        content=of_content("ground_state"),
    script:
        "../scripts/ground_state.py"


rule calibration:
    input:
        sample=rules.sample.output[0],
    output:
        "{base}/calibration.nc",
    log:
        "{base}/logs/calibration.log",
    benchmark:
        "{base}/benchmarks/calibration.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("calibration"),
    params:
        **CARDS,
        content=of_content("calibration"),
    script:
        "../scripts/calibration.py"
