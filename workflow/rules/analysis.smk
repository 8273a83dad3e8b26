# Fits, tables and figures: datasets in, no simulation.
# Tables of all variants, beside their folders.
if VARIANTS:
    VARIED += [f"{RESULTS}/variants.csv", f"{RESULTS}/tables/variants.html"]
COMPARED = (["hypotheses"] if experiment.claims else []) + (
    ["deciding"] if "deciding" in VARIED_FIGURES else []
)
COMPARED = COMPARED if ROLES else []
VARIED += [f"{RESULTS}/{table}.csv" for table in COMPARED]
VARIED += [f"{RESULTS}/tables/{table}.html" for table in COMPARED]
if "ahe" in SWEEPS:
    TARGETS += ["{base}/decay.nc", "{base}/decay.csv"]
    TABLES += ["retention"]
if TRAINS:
    TABLES += ["trains"]
if "switching" in FIGURES:
    TABLES += ["switching"]
if experiment.claims:
    TABLES += ["claims"]
# Trains that claims are about, and whether others are about the sweep.
TESTED = [CLAIMS[name].train for name in experiment.claims if CLAIMS[name].train]
OF_SWEEP = len(TESTED) < len(experiment.claims)


use rule job as fit with:
    input:
        ahe="{base}/ahe.nc",
    output:
        dataset="{base}/decay.nc",
        table="{base}/decay.csv",
        retention="{base}/retention.csv",
    log:
        "{base}/logs/fit.log",
    resources:
        **needs(60),
    params:
        **cards("decay.fit"),


use rule job as switching with:
    input:
        ahe="{base}/ahe.nc",
    output:
        "{base}/switching.csv",
    log:
        "{base}/logs/switching.log",
    params:
        **cards("decay.switching"),


use rule job as claims with:
    input:
        ahe=["{base}/ahe.nc"] if OF_SWEEP else [],
        compare=["{base}/compare.nc"] if OF_SWEEP and experiment.compare else [],
        trains=[f"{{base}}/trains/{train}.nc" for train in TESTED],
    output:
        "{base}/claims.csv",
    log:
        "{base}/logs/claims.log",
    params:
        **cards("decay.claims"),


use rule job as trains_table with:
    input:
        trains=TRAIN_FILES,
    output:
        "{base}/trains.csv",
    log:
        "{base}/logs/trains_table.log",
    params:
        **cards("timeline.trains_table"),


use rule job as figure with:
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
    wildcard_constraints:
        figure=figures_with("png", "pdf"),
    params:
        **cards("figures.figure"),


use rule job as animation with:
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
    wildcard_constraints:
        figure=figures_with("gif", "html"),
    params:
        **cards("figures.animation"),


use rule job as table_page with:
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
    # The table of variants is beside their folders.
    wildcard_constraints:
        base="|".join(map(re.escape, sorted({*BASES, RESULTS}))),
    params:
        function="figures.table_page",


use rule job as explore with:
    input:
        lambda wildcards: figure_inputs(wildcards.base, wildcards.figure),
    output:
        "{base}/{figure}.html",
    log:
        "{base}/logs/{figure}.log",
    wildcard_constraints:
        figure=figures_with("html"),
    params:
        **cards("figures.explore"),


# Its datasets are no inputs: a card that is newer than they are would start the simulation.
use rule job as figures with:
    input:
        refuse_if_missing,
    log:
        f"{RESULTS}/logs/figures/figures.log",
    params:
        function="figures.figures",
        drawn=lambda wildcards: drawn(),
        varied=lambda wildcards: varied(),
        changes=CHANGES,
        roles=ROLES,


if VARIANTS:

    use rule job as variants with:
        input:
            expand("{base}/decay.csv", base=BASES) if "ahe" in SWEEPS else [],
        output:
            f"{RESULTS}/variants.csv",
        log:
            f"{RESULTS}/logs/variants.log",
        params:
            function="decay.variants",
            changes=CHANGES,

    use rule job as variants_figure with:
        input:
            lambda wildcards: varied_inputs(wildcards.figure),
        output:
            png=report(
                f"{RESULTS}/figures/{{figure}}.png",
                caption="../report/figure.rst",
                category="Figures",
                labels={"figure": "{figure}", "variant": RESULTS},
            ),
            pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        log:
            f"{RESULTS}/logs/figures/{{figure}}.log",
        wildcard_constraints:
            figure="|".join(VARIED_FIGURES),
        params:
            function="figures.variants_figure",
            changes=CHANGES,
            roles=ROLES,

    use rule job as hypotheses with:
        input:
            compared("{base}/claims.csv") if experiment.claims else [],
        output:
            f"{RESULTS}/hypotheses.csv",
        log:
            f"{RESULTS}/logs/hypotheses.log",
        params:
            function="decay.hypotheses",
            roles=ROLES,

    use rule job as deciding with:
        input:
            compared("{base}/trains/{train}.nc"),
        output:
            f"{RESULTS}/deciding.csv",
        log:
            f"{RESULTS}/logs/deciding.log",
        params:
            function="decay.deciding",
            roles=ROLES,
