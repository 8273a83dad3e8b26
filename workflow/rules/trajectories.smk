# Pulses and waits, a chunk of points a job, and their reduction to Hall voltages; and the
# measurement of blocking temperatures, which needs no pulses.
TRAIN_FILES = [f"{{base}}/trains/{train}.nc" for train in TRAINS]
# Magnetisation fields, if a card keeps some.
FIELDS = (
    {"fields": "{base}/fields/{chunk}.nc"}
    if any(card.numerics.keeps_fields for _, card in BASES.values())
    else {}
)
TARGETS += [
    chunks_of,
    fields_of,
    refined_of,
    *(f"{{base}}/{sweep}.nc" for sweep in SWEEPS),
    *TRAIN_FILES,
]
if len(PROTOCOLS):
    TABLES += ["failed"]


use rule job as trajectories with:
    input:
        sample=lambda wildcards: film_of(wildcards)[0],
        ground_state=lambda wildcards: film_of(wildcards)[1],
        calibration=rules.calibration.output[0],
    output:
        "{base}/trajectories/{chunk}.nc",
        **FIELDS,
    log:
        "{base}/logs/trajectories/{chunk}.log",
    benchmark:
        "{base}/benchmarks/trajectories/{chunk}.tsv"
    # The longest jobs first, so that no core is idle at the end.
    priority: 1
    resources:
        **needs(60, 7000 if FIELDS else 2500),
    params:
        **cards("timeline.trajectories"),
        plan=lambda wildcards: f"{wildcards.base}/plan.csv",


# More amplitudes where the voltage changes fast. How many is known to the job alone.
use rule job as refine with:
    input:
        samples=lambda wildcards: samples_of(wildcards.base),
        ground_states=lambda wildcards: ground_states_of(wildcards.base),
        calibration=rules.calibration.output[0],
        trajectories=lambda wildcards: chunks_of(wildcards.base, "sweep"),
    output:
        "{base}/refined/{width}.nc",
    log:
        "{base}/logs/refined/{width}.log",
    resources:
        **needs(120, 2500),
    params:
        **cards("timeline.refine"),
        **plan_of(lambda wildcards: "sweep"),


use rule job as reduce_sweep with:
    input:
        trajectories=lambda wildcards: chunks_of(
            wildcards.base, SWEEPS[wildcards.sweep]
        ),
        refined=lambda wildcards: (
            refined_of(wildcards.base) if wildcards.sweep == "ahe" else []
        ),
    output:
        "{base}/{sweep}.nc",
    log:
        "{base}/logs/{sweep}.log",
    resources:
        **needs(30, 4000),
    params:
        **cards("timeline.reduce_sweep"),
        **plan_of(lambda wildcards: SWEEPS[wildcards.sweep]),


use rule job as reduce_train with:
    input:
        trajectories=lambda wildcards: chunks_of(wildcards.base, wildcards.train),
    output:
        "{base}/trains/{train}.nc",
    log:
        "{base}/logs/trains/{train}.log",
    resources:
        **needs(30, 4000),
    params:
        **cards("timeline.reduce_train"),
        **plan_of(lambda wildcards: wildcards.train),


use rule job as failed with:
    input:
        trajectories=lambda wildcards: chunks_of(wildcards.base),
    output:
        "{base}/failed.csv",
    log:
        "{base}/logs/failed.log",
    params:
        **cards("timeline.failed"),
        **plan_of(lambda wildcards: None),


use rule job as blocking with:
    input:
        samples=lambda wildcards: samples_of(wildcards.base),
        calibration=rules.calibration.output[0],
    output:
        "{base}/blocking.nc",
    log:
        "{base}/logs/blocking.log",
    resources:
        **needs(120),
    params:
        **cards("timeline.blocking"),
