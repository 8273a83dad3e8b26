"""Critical current of a device, known from its card before anything is computed."""

import numpy as np

from afterpulse.cards import CardError
from afterpulse.cards.experiment import Experiment
from afterpulse.device import exchange_bias, spin_orbit_torque, temperature_scaling
from afterpulse.device.device import Device


def in_plane_bias(device: Device, experiment: Experiment) -> float:
    """Field along the current: the applied one and the exchange bias of tilted easy axes.

    Parameters
    ----------
    device : Device
        Its grains, set along the initial state.
    experiment : Experiment
        Applied field and initial state.

    Returns
    -------
    float
        T.
    """
    magnet, antiferromagnet = device.ferromagnet, device.antiferromagnet
    full = exchange_bias.exchange_bias_field(
        antiferromagnet.interface_coupling.value,
        magnet.saturation_magnetisation.value,
        magnet.thickness.value,
    )
    along_current = np.sin(antiferromagnet.easy_axis_polar_angle.value) * np.cos(
        antiferromagnet.easy_axis_azimuth.value
    )
    return float(experiment.applied_field[0] + initial_sign(experiment) * full * along_current)


def initial_sign(experiment: Experiment) -> int:
    """State of units and grains before the first pulse, -1 or 1."""
    return 1 if experiment.initial_state == "up" else -1


def critical_current_density(device: Device, experiment: Experiment) -> float:
    """Critical current density that I_c on an experiment card stands for.

    Parameters
    ----------
    device : Device
        Its card gives the value, or it is the macrospin threshold of the whole film at the
        ambient temperature, which is known before anything is computed.
    experiment : Experiment
        For the field along the current.

    Returns
    -------
    float
        A/m².

    Raises
    ------
    CardError
        Where the macrospin threshold is not positive: the field alone tilts the film.
    """
    given = device.switching.critical_current_density.value
    if given is not None:
        return float(given)
    magnet = device.ferromagnet
    ambient = device.heat_path.ambient_temperature.value
    curie = magnet.curie_temperature.value
    field = in_plane_bias(device, experiment)
    threshold = spin_orbit_torque.macrospin_threshold(
        magnet.effective_anisotropy.value
        * temperature_scaling.anisotropy(ambient, curie, magnet.anisotropy_exponent.value),
        magnet.saturation_magnetisation.value * temperature_scaling.magnetisation(ambient, curie),
        magnet.thickness.value,
        device.spin_hall_layer.spin_hall_angle.value,
        field,
    )
    if threshold <= 0:
        raise CardError(
            [
                f"{device.name}: switching.critical_current_density: expected a value, since the "
                f"field of {field:g} T along the current leaves no macrospin threshold, got null"
            ]
        )
    return float(threshold)
