# Random samples of the film, their ground states, and the calibration of units.


use rule job as sample with:
    output:
        "{base}/sample{sample_suffix}.nc",
    log:
        "{base}/logs/sample{sample_suffix}.log",
    params:
        **cards("film.sample"),


use rule job as ground_state with:
    input:
        sample=rules.sample.output[0],
    output:
        "{base}/ground_state{sample_suffix}.nc",
    log:
        "{base}/logs/ground_state{sample_suffix}.log",
    params:
        **cards("engines.ground_state"),


use rule job as calibration with:
    input:
        sample="{base}/sample.nc",
    output:
        "{base}/calibration.nc",
    log:
        "{base}/logs/calibration.log",
    resources:
        **needs(120),
    params:
        **cards("calibration.calibration"),
        # By content, for all experiments and variants.
        shared="results/.calibrations",


TARGETS += ["{base}/calibration.nc", samples_of, ground_states_of]
