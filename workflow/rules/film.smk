# A random sample of the film, its ground state, and what its units are.


use rule job as sample with:
    output:
        "{base}/sample.nc",
    log:
        "{base}/logs/sample.log",
    params:
        **cards("film.sample"),


use rule job as ground_state with:
    input:
        sample=rules.sample.output[0],
    output:
        "{base}/ground_state.nc",
    log:
        "{base}/logs/ground_state.log",
    params:
        **cards("engines.ground_state"),


use rule job as calibration with:
    input:
        sample=rules.sample.output[0],
    output:
        "{base}/calibration.nc",
    log:
        "{base}/logs/calibration.log",
    resources:
        **needs(120),
    params:
        **cards("calibration.calibration"),


TARGETS += [f"{{base}}/{name}.nc" for name in ("sample", "ground_state", "calibration")]
