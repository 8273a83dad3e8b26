# Fits and figures: datasets in, no simulation.


rule fit:
    input:
        ahe="{base}/ahe.nc",
    output:
        dataset="{base}/decay.nc",
        table=report(
            "{base}/decay.csv", caption="../report/decay.rst", category="Tables"
        ),
    log:
        "{base}/logs/fit.log",
    benchmark:
        "{base}/benchmarks/fit.tsv"
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
        report("{base}/trains.csv", caption="../report/trains.rst", category="Tables"),
    log:
        "{base}/logs/trains_table.log",
    benchmark:
        "{base}/benchmarks/trains_table.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("trains_table"),
    script:
        "../scripts/trains_table.py"


rule figure:
    input:
        lambda wildcards: files_of(wildcards.base, FIGURE_INPUTS[wildcards.figure]),
    output:
        png=report(
            "{base}/figures/{figure}.png",
            caption="../report/figure.rst",
            category="Figures",
        ),
        pdf="{base}/figures/{figure}.pdf",
    log:
        "{base}/logs/figures/{figure}.log",
    benchmark:
        "{base}/benchmarks/figures/{figure}.tsv"
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
        lambda wildcards: files_of(wildcards.base, ANIMATION_INPUTS),
    output:
        report(
            "{base}/figures/animation.gif",
            caption="../report/animation.rst",
            category="Figures",
        ),
    log:
        "{base}/logs/figures/animation.log",
    benchmark:
        "{base}/benchmarks/figures/animation.tsv"
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
        EXPLORE_INPUTS,
    output:
        "{base}/explore.html",
    log:
        "{base}/logs/explore.log",
    benchmark:
        "{base}/benchmarks/explore.tsv"
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
        f"{RESULTS}/logs/figures/figures.log",
    conda:
        ENVIRONMENT
    resources:
        **request("figures"),
    params:
        root=ROOT,
        drawn=lambda wildcards: drawn(),
    script:
        "../scripts/figures.py"


if VARIANTS:

    rule variants:
        input:
            expand("{base}/decay.csv", base=BASES) if "ahe" in SWEEPS else [],
        output:
            report(
                VARIED,
                caption="../report/variants.rst",
                category="Tables",
            ),
        log:
            f"{RESULTS}/logs/variants.log",
        benchmark:
            f"{RESULTS}/benchmarks/variants.tsv"
        conda:
            ENVIRONMENT
        resources:
            **request("variants"),
        params:
            changes={name: cards[2] for name, cards in VARIANTS.items()},
        script:
            "../scripts/variants.py"
