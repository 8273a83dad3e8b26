# Fits and figures: datasets in, no simulation.


rule fit:
    input:
        ahe=f"{RESULTS}/ahe.nc",
    output:
        dataset=f"{RESULTS}/decay.nc",
        table=report(
            f"{RESULTS}/decay.csv", caption="../report/decay.rst", category="Tables"
        ),
    log:
        f"{LOGS}/fit.log",
    benchmark:
        f"{BENCHMARKS}/fit.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("fit"),
    script:
        "../scripts/fit.py"


rule trains_table:
    input:
        trains=TRAIN_FILES,
    output:
        report(
            f"{RESULTS}/trains.csv", caption="../report/trains.rst", category="Tables"
        ),
    log:
        f"{LOGS}/trains_table.log",
    benchmark:
        f"{BENCHMARKS}/trains_table.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("trains_table"),
    script:
        "../scripts/trains_table.py"


rule figure:
    input:
        lambda wildcards: FIGURE_INPUTS[wildcards.figure],
    output:
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../report/figure.rst",
            category="Figures",
        ),
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
    log:
        f"{LOGS}/figures/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/figures/{{figure}}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("figure"),
    params:
        root=ROOT,
    script:
        "../scripts/figure.py"


rule animation:
    input:
        ANIMATIONS.get("animation", []),
    output:
        report(
            f"{RESULTS}/figures/animation.gif",
            caption="../report/animation.rst",
            category="Figures",
        ),
    log:
        f"{LOGS}/figures/animation.log",
    benchmark:
        f"{BENCHMARKS}/figures/animation.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("animation"),
    params:
        root=ROOT,
    script:
        "../scripts/animation.py"


rule explore:
    input:
        PAGES.get("explore", []),
    output:
        f"{RESULTS}/explore.html",
    log:
        f"{LOGS}/explore.log",
    benchmark:
        f"{BENCHMARKS}/explore.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("explore"),
    params:
        root=ROOT,
    script:
        "../scripts/explore.py"


# Its datasets are no inputs: a card that is newer than they are would start the simulation.
rule figures:
    input:
        refuse_if_missing,
    log:
        f"{LOGS}/figures/figures.log",
    conda:
        ENVIRONMENT
    resources:
        **request("figures"),
    params:
        root=ROOT,
        drawn=DRAWN,
    script:
        "../scripts/figures.py"
