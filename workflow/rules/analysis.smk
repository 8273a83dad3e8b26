# Fits and figures: datasets in, no simulation.


rule fit:
    input:
        ahe="{base}/ahe.nc",
    output:
        dataset="{base}/decay.nc",
        table="{base}/decay.csv",
        retention="{base}/retention.csv",
    log:
        "{base}/logs/fit.log",
    benchmark:
        "{base}/benchmarks/fit.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("fit"),
    params:
        **CARDS,
    script:
        "../scripts/fit.py"


rule trains_table:
    input:
        trains=TRAIN_FILES,
    output:
        "{base}/trains.csv",
    log:
        "{base}/logs/trains_table.log",
    benchmark:
        "{base}/benchmarks/trains_table.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("trains_table"),
    params:
        **CARDS,
    script:
        "../scripts/trains_table.py"


rule figure:
    input:
        lambda wildcards: figure_inputs(wildcards.base, wildcards.figure),
    output:
        png=report(
            "{base}/figures/{figure}.png",
            caption="../report/figure.rst",
            category="Figures",
            labels=labels("figure"),
        ),
        pdf="{base}/figures/{figure}.pdf",
    log:
        "{base}/logs/figures/{figure}.log",
    benchmark:
        "{base}/benchmarks/figures/{figure}.tsv"
    wildcard_constraints:
        figure=figures_with("png", "pdf"),
    conda:
        ENVIRONMENT
    resources:
        **request("figure"),
    params:
        **CARDS,
    script:
        "../scripts/figure.py"


rule animation:
    input:
        lambda wildcards: figure_inputs(wildcards.base, wildcards.figure),
    output:
        gif="{base}/figures/{figure}.gif",
        page=report(
            "{base}/figures/{figure}.html",
            caption="../report/figure.rst",
            category="Figures",
            labels=labels("figure"),
        ),
    log:
        "{base}/logs/figures/{figure}.log",
    benchmark:
        "{base}/benchmarks/figures/{figure}.tsv"
    wildcard_constraints:
        figure=figures_with("gif", "html"),
    conda:
        ENVIRONMENT
    resources:
        **request("animation"),
    params:
        **CARDS,
    script:
        "../scripts/figure.py"


rule table_page:
    input:
        "{base}/{table}.csv",
    output:
        report(
            "{base}/tables/{table}.html",
            caption="../report/table.rst",
            category="Tables",
            labels=labels("table"),
        ),
    log:
        "{base}/logs/tables/{table}.log",
    benchmark:
        "{base}/benchmarks/tables/{table}.tsv"
    # The table of variants is beside their folders.
    wildcard_constraints:
        base="|".join(map(re.escape, sorted({*BASES, RESULTS}))),
    conda:
        ENVIRONMENT
    resources:
        **request("table_page"),
    script:
        "../scripts/table_page.py"


rule explore:
    input:
        lambda wildcards: figure_inputs(wildcards.base, wildcards.figure),
    output:
        "{base}/{figure}.html",
    log:
        "{base}/logs/{figure}.log",
    benchmark:
        "{base}/benchmarks/{figure}.tsv"
    wildcard_constraints:
        figure=figures_with("html"),
    conda:
        ENVIRONMENT
    resources:
        **request("explore"),
    params:
        **CARDS,
    script:
        "../scripts/figure.py"


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
        drawn=lambda wildcards: drawn(),
    script:
        "../scripts/figures.py"


if VARIANTS:

    rule variants:
        input:
            expand("{base}/decay.csv", base=BASES) if "ahe" in SWEEPS else [],
        output:
            f"{RESULTS}/variants.csv",
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
