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
    conda:
        ENVIRONMENT
    script:
        "../scripts/fit.py"


rule trains_table:
    input:
        trains=expand(f"{RESULTS}/trains/{{train}}.nc", train=TRAINS),
    output:
        report(
            f"{RESULTS}/trains.csv", caption="../report/trains.rst", category="Tables"
        ),
    log:
        f"{LOGS}/trains_table.log",
    conda:
        ENVIRONMENT
    script:
        "../scripts/trains_table.py"


def figure_inputs(wildcards):
    return {
        "fig1a": [f"{RESULTS}/{sweep}.nc" for sweep in SWEEPS if sweep != "compare"],
        "fig1b": [f"{RESULTS}/ahe.nc"],
        "retention_map": [f"{RESULTS}/decay.nc"],
        "fig2": expand(f"{RESULTS}/trains/{{train}}.nc", train=TRAINS),
        "mechanisms": [
            f"{RESULTS}/compare.nc",
            *expand(f"{RESULTS}/trains/{{train}}.nc", train=TRAINS),
        ],
        "domains": [f"{RESULTS}/sample.nc", f"{RESULTS}/trajectories/00000.nc"],
    }[wildcards.figure]


rule figure:
    input:
        figure_inputs,
    output:
        png=report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../report/{figure}.rst",
            category="Figures",
        ),
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
    log:
        f"{LOGS}/figures/{{figure}}.log",
    params:
        root=ROOT,
    conda:
        ENVIRONMENT
    script:
        "../scripts/figure.py"
