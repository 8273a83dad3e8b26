# The cards as they are used, a random sample of the film, its ground state, and what its units are.


rule cards:
    output:
        device=f"{{base}}/cards/{device.name}.yaml",
        experiment=f"{{base}}/cards/{experiment.name}.yaml",
    log:
        "{base}/logs/cards.log",
    benchmark:
        "{base}/benchmarks/cards.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("cards"),
    params:
        device=lambda wildcards: resolved(BASES[wildcards.base][0]),
        experiment=lambda wildcards: resolved(BASES[wildcards.base][1]),
    script:
        "../scripts/cards.py"


rule sample:
    input:
        **CARDS,
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
        content=of_content("sample"),
    script:
        "../scripts/sample.py"


rule ground_state:
    input:
        **CARDS,
        sample=ancient(rules.sample.output[0]),
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
        content=of_content("ground_state"),
    script:
        "../scripts/ground_state.py"


rule calibration:
    input:
        **CARDS,
        sample=ancient(rules.sample.output[0]),
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
        content=of_content("calibration"),
    script:
        "../scripts/calibration.py"
