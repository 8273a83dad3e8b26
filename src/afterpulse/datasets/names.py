"""Names, units and descriptions of every stored variable."""

import xarray as xr

VARIABLES: dict[str, tuple[str, str]] = {
    # clocks
    "time": ("s", "time since the start of the first pulse"),
    "delay": ("s", "time since the end of the pulse"),
    "pulse": ("1", "index of the pulse"),
    "pulse_start": ("s", "start of the pulse"),
    "pulse_end": ("s", "end of the pulse"),
    "stage": ("1", "stage of the timeline"),
    "engine": ("1", "engine that wrote the point"),
    "step": ("1", "number of the stored step in its trajectory"),
    # what was asked for
    "point": ("1", "name of the trajectory, that of its row in plan.csv"),
    "pulse_number": ("1", "number of the pulse in its trajectory"),
    "pulse_amplitude": ("A", "pulse amplitude"),
    "pulse_width": ("s", "pulse width"),
    "relative_amplitude": ("1", "pulse amplitude over critical current"),
    "pulse_current_density": ("A m-2", "current density of the pulse in the spin-Hall layer"),
    "replicate": ("1", "index of the replicate"),
    "mechanism_set": ("1", "mechanisms at work"),
    "seed": ("1", "seed of the random streams"),
    # what was found
    "current": ("A", "current through the Hall bar"),
    "current_density": ("A m-2", "current density in the spin-Hall layer"),
    "temperature": ("K", "temperature of the film"),
    "anomalous_hall_voltage": ("V", "anomalous Hall voltage"),
    "initial_voltage": ("V", "anomalous Hall voltage right before the pulse"),
    "magnetisation_x": ("1", "unit magnetisation, mean of the x component"),
    "magnetisation_y": ("1", "unit magnetisation, mean of the y component"),
    "magnetisation_z": ("1", "unit magnetisation, mean of the z component"),
    "initial_magnetisation_z": (
        "1",
        "unit magnetisation, mean of the z component right before the pulse",
    ),
    "exchange_bias_field": ("T", "exchange-bias field along z, mean over the film"),
    "flicker_error": ("1", "estimated change of <m_z> or grain order by the flicker limit"),
    "grain_order": ("1", "interface spin of the antiferromagnet's grains, mean over the area"),
    "loop": ("1", "hysteresis loop, before the first pulse or at the end"),
    "loop_field": ("T", "applied field along z in a hysteresis loop"),
    "loop_magnetisation_z": ("1", "unit magnetisation in a hysteresis loop, mean z component"),
    "loop_exchange_bias": ("T", "exchange-bias field along z from the shift of a loop"),
    "loop_coercivity": ("T", "coercive field of a loop"),
    "activation_temperature": ("K", "temperature of the thermal activation"),
    # one sample
    "x": ("m", "position along the current"),
    "y": ("m", "position across the current"),
    "grain": ("1", "number of the antiferromagnet's grain"),
    "unit": ("1", "number of the ferromagnet's unit"),
    "grain_index": ("1", "antiferromagnet's grain in the cell"),
    "unit_index": ("1", "ferromagnet's unit in the cell"),
    "grain_state": ("1", "sign of the grain's interface spin along its easy axis"),
    "unit_state": ("1", "sign of the unit's z magnetisation"),
    "unit_grain_order": ("1", "exchange bias of the grains under the unit over that of all up"),
    "cell": ("m", "edge of a cell"),
    "anisotropy_factor": ("1", "anisotropy of the cell over that of the card"),
    "unit_anisotropy_factor": ("1", "mean anisotropy of the unit over that of the card"),
    "unit_threshold_factor": ("1", "critical current of the unit over the median"),
    "pair_unit": ("1", "unit of a pair of units that are near each other"),
    "pair_other": ("1", "other unit of that pair"),
    "pair_border_length": ("m", "length along which the units of a pair touch"),
    "pair_dipolar_volume": ("m3", "dipolar coupling of a pair of units over -mu_0 M_s^2"),
    "own_dipolar_volume": ("m3", "dipolar coupling of a unit with itself over -mu_0 M_s^2"),
    "grain_axis": ("1", "easy axis of the grain, a unit vector"),
    "contact_unit": ("1", "unit of a pair of unit and grain that touch"),
    "contact_grain": ("1", "grain of a pair of unit and grain that touch"),
    "contact_area": ("m2", "area over which unit and grain touch"),
    "pulse_edges": ("1", "engine of the pulse's edges"),
    "protocol": ("1", "part of the experiment"),
    "unit_area": ("m2", "area of the unit"),
    "grain_area": ("m2", "area of the grain"),
    "critical_current": ("A", "current that I_c on the experiment card stands for"),
    # calibration: discs and units by themselves, without thermal field
    "unit_diameter": ("m", "diameter of the disc"),
    "polarity": ("1", "current towards the other state, or the opposite one"),
    "critical_current_density": (
        "A m-2",
        "critical current density, harmonic mean of both polarities",
    ),
    "critical_current_density_of_polarity": ("A m-2", "critical current density"),
    "macrospin_critical_current_density": ("A m-2", "critical current density of a macrospin"),
    "median_macrospin_critical_current_density": (
        "A m-2",
        "critical current density of a macrospin, median unit",
    ),
    "critical_current_density_of_width": (
        "A m-2",
        "current density that reverses the median unit in a pulse of a width",
    ),
    "relative_bias": ("1", "field along the unit's state over its anisotropy field"),
    "critical_current_density_of_bias": ("A m-2", "critical current density in a field along z"),
    "torque_tilt": ("1", "energy tilt of the wells at the critical current over 2 K V"),
    "energy_barrier": ("J", "energy barrier, string method"),
    "coherent_barrier": ("J", "energy barrier of a turn of the whole unit"),
    "path_position": ("1", "place on the path of lowest energy over its length"),
    "path_energy": ("J", "energy on the path of lowest energy"),
    "settling_time": ("s", "time after which the median unit has followed a current"),
    "calibrated_unit": ("1", "number of the unit in the sample"),
    "unit_macrospin_critical_current_density": ("A m-2", "critical current density, macrospin"),
    "unit_critical_current_density": ("A m-2", "critical current density without grains"),
    "unit_critical_current_density_on_grains": ("A m-2", "critical current density on set grains"),
    "measured_unit_diameter": ("m", "diameter of a disc of the unit's area"),
    "unit_anisotropy_field": ("T", "field at which the unit reverses if it turns as one"),
    "unit_exchange_bias": ("T", "exchange bias and applied field of the unit along its state"),
    # decay
    "model": ("1", "model of the decay"),
    "bound": ("1", "end of the confidence interval"),
    "parameter": ("1", "parameter of the model"),
    "change_at_probe": ("V", "change of the Hall voltage at the probe delay, mean"),
    "change_at_probe_stderr": ("V", "standard error of the change at the probe delay"),
    "share_retained": ("1", "change at the later delay over the change at the probe delay"),
    "share_retained_interval": ("1", "confidence interval of the share retained"),
    "retention_time": ("s", "time after the probe until 1/e of the change at the probe is left"),
    "retention_time_interval": ("s", "confidence interval of the retention time"),
    "refused": ("1", "why no decay was evaluated (empty where it was)"),
    "retention_time_refused": ("1", "why there is no retention time (empty where there is one)"),
    "retained_at": ("s", "later delay of the share retained"),
    "window_start": ("s", "first delay of the fit"),
    "window_end": ("s", "last delay of the fit"),
    "points": ("1", "number of delays in the fit"),
    "replicates": ("1", "number of replicates"),
    "reduced_chi_square": ("1", "reduced chi-square of the fit"),
    "akaike_corrected": ("1", "Akaike information criterion, corrected for few points"),
    "akaike_difference": ("1", "corrected Akaike criterion less the smallest of the models"),
    "bayesian_difference": ("1", "Bayesian information criterion less the smallest of the models"),
    "chosen_model": ("1", "simplest model not worse than the best one (empty if undecided)"),
    "model_retention_time": ("s", "retention time of the fitted model"),
    "model_retention_time_interval": ("s", "confidence interval of the model's retention time"),
    "scatter_deviation": ("V", "standard deviation of a replicate in the middle of the window"),
    "scatter_level": ("V", "standard deviation of what is common to all delays of a replicate"),
    "scatter_noise": ("V", "standard deviation of the white noise of a sample"),
    "scatter_trend": ("1", "power of the delay by which the standard deviation changes"),
    "scatter_memory": ("1", "logarithm of the ratio of delays over which a deviation fades to 1/e"),
    "fit_remark": ("1", "why the model gave no fit, or what is wrong with it (empty if nothing)"),
    # mechanisms
    "mechanism": ("1", "mechanism"),
    "quantile": ("1", "probability below"),
    "hall_voltage_change": ("V", "simulated change of the Hall voltage since before the pulse"),
    "change_noise": ("V", "standard deviation of one repeat's change by read noise"),
    "temperature_rise": ("K", "temperature of the film above that before the pulse"),
    "drawn_parameter": ("1", "place in the logarithmic prior range of the parameter, 0 to 1"),
    "probability": ("1", "probability of the combination of mechanisms"),
    "mechanism_probability": ("1", "probability that the mechanism acts"),
    "verdict": ("1", "combination of mechanisms that the traces show"),
    "mechanism_verdict": ("1", "whether the traces show the mechanism"),
    "parameter_quantile": ("1", "quantile of the parameter, over the card's value or in SI"),
    "as_strange": ("1", "share of simulated devices as far from all others as the observed one"),
    # neuron
    "initial_grain_order": ("1", "grain order right before the first pulse"),
    "task": ("1", "task of a network"),
    "tested": ("1", "neurons that a network is tested with"),
    "network_seed": ("1", "seed of a network"),
    "accuracy": ("1", "share of sequences whose class is told right"),
    "weights": ("1", "number of weights that are learned"),
    "neurons": ("1", "number of neurons of a network"),
    "wait": ("s", "from the end of a pulse to the reading and the next pulse"),
    "surrogate_error": ("1", "error of the surrogate, root mean square of m_z"),
    "reading_noise": ("1", "noise of a reading, root mean square of m_z"),
    "cell_torque": ("1", "energy of a unit by the torque of the critical current over k_B T"),
    "cell_torque_spread": ("1", "standard deviation of the logarithm of that energy"),
    "cell_barrier": ("1", "barrier of the cell's units over k_B T, mean"),
    "cell_barrier_spread": ("1", "barrier of the cell's units over k_B T, standard deviation"),
    "cell_grain_bias": ("1", "energy of a unit on set grains over k_B T"),
    "cell_mean_field": ("1", "energy of a unit in the field of all others over k_B T"),
    "cell_offset": ("1", "energy of a unit without grains and neighbours over k_B T"),
    "cell_grain_barrier": ("1", "barrier of the cell's median grain over k_B T"),
    "cell_grain_barrier_spread": ("1", "standard deviation of the logarithm of that barrier"),
    "cell_grain_coupling": ("1", "energy of the median grain under a unit over k_B T"),
    "cell_log_attempt": ("1", "logarithm of the units' attempt frequency over 1/s"),
    "cell_log_grain_attempt": ("1", "logarithm of the grains' attempt frequency over 1/s"),
    "cell_anisotropy_exponent": ("1", "barrier of the units as a power of the magnetisation"),
    "cell_ambient": ("K", "ambient temperature"),
    "cell_curie": ("K", "Curie temperature"),
    "cell_neel": ("K", "Neel temperature"),
    "cell_torque_sign": ("1", "state that a positive current drives to"),
    "cell_initial_sign": ("1", "state of the set device"),
    "cell_stage_rise": ("K", "steady temperature rise of a stage at the critical current"),
    "cell_stage_time": ("s", "time constant of a stage of the heat path"),
    "cell_class_torque": ("1", "place of a class among torques, in standard deviations"),
    "cell_class_barrier": ("1", "place of a class among barriers, in standard deviations"),
    "cell_grain_class": ("1", "place of grains among barriers, in standard deviations"),
    "cell_units": ("1", "number of units that the noise is that of"),
    "spread_torque": ("1", "standard deviation between devices, logarithm of the torque"),
    "spread_barrier": ("1", "standard deviation between devices, logarithm of the barrier"),
    "spread_grain_barrier": ("1", "standard deviation between devices, grains' barrier, logarithm"),
    "error_rms": ("1", "cell less device on held-out trains, mean m_z, root mean square"),
    "error_worst": ("1", "the same, largest of one reading"),
    "error_swing": ("1", "largest less smallest mean m_z of the held-out readings"),
    "error_deviation": ("1", "standard deviation of the held-out readings"),
    "error_standard_error": ("1", "standard error of a held-out reading over its replicates"),
    "error_worst_train": ("1", "the error of the train that the cell is worst at"),
    "training_trains": ("1", "number of trains that the cell is fitted to"),
    # a table of several units: each parameter's stands in parameter_units
    "parameter_value": ("parameter_units", "value of the model's parameter"),
    "parameter_stderr": ("parameter_units", "standard error of the parameter"),
    "parameter_interval": ("parameter_units", "confidence interval of the parameter"),
    "parameter_units": ("1", "units of the model's parameter"),
}
"""Units and long name of each variable by its name."""


def label(dataset: xr.Dataset) -> xr.Dataset:
    """Put ``units`` and names from `VARIABLES` on every variable that the table has.

    ``long_name`` is for people; ``standard_name``, the name in the table, stays when a variable
    is renamed.

    Attributes that a variable carries already are kept. Dimensions without a coordinate get none.

    Parameters
    ----------
    dataset : Dataset
        Any dataset; it is not changed.

    Returns
    -------
    Dataset
        The same data with the attributes.
    """
    labelled = dataset.copy()
    for name, variable in labelled.variables.items():
        if name in VARIABLES:
            units, long_name = VARIABLES[str(name)]
            variable.attrs = {
                "units": units,
                "long_name": long_name,
                "standard_name": str(name),
                **variable.attrs,
            }
    return labelled
