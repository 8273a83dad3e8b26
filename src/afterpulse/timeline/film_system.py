"""A sample under torque as a micromagneticmodel.System."""

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
from numpy.typing import NDArray
from scipy.constants import mu_0

from afterpulse.cards.device import Device
from afterpulse.cards.experiment import Experiment
from afterpulse.stack import fields
from afterpulse.stack.sample import Sample


def film_system(
    device: Device,
    experiment: Experiment,
    sample: Sample,
    m: NDArray[np.float64],
    grain_state: NDArray[np.int8],
    temperature: float,
    current_density: float,
    thermal_current_density: float,
) -> mm.System:
    """Build the system that an LLG engine drives over one segment.

    Parameters
    ----------
    device, experiment : Device, Experiment
        The cards.
    sample : Sample
        The film.
    m : ndarray, shape (nx, ny, 3)
        Unit magnetisation to start from.
    grain_state : ndarray, shape (grains,)
        -1 or 1; frozen over the segment.
    temperature : float
        K, constant over the segment.
    current_density : float
        In the spin-Hall layer, along x (A/m²).
    thermal_current_density : float
        Spin current of the heat flux in charge units (A/m²).

    Returns
    -------
    micromagneticmodel.System
        With all terms, whatever their size, so that systems of a batch are alike.
    """
    magnet, layer = device.ferromagnet, device.spin_hall_layer
    nx, ny = sample.unit_index.shape
    mesh = df.Mesh(
        p1=(0, 0, 0),
        p2=(nx * sample.cell, ny * sample.cell, magnet.thickness.value),
        n=(nx, ny, 1),
    )

    def scalar(values: NDArray[np.float64]) -> df.Field:
        return df.Field(mesh, nvdim=1, value=values[:, :, None, None])

    def vector(values: NDArray[np.float64]) -> df.Field:
        return df.Field(mesh, nvdim=3, value=values[:, :, None, :])

    exchange = fields.exchange_factor(device, temperature) * fields.border_factor(device, sample)
    bias = fields.exchange_bias_field(device, sample, grain_state, temperature)
    system = mm.System(name=device.name)
    system.energy = (
        mm.Exchange(A=scalar(exchange * magnet.exchange_stiffness.value))
        + mm.DMI(D=scalar(exchange * magnet.interfacial_dmi.value), crystalclass="Cnv_z")
        + mm.UniaxialAnisotropy(
            K=scalar(fields.uniaxial_anisotropy(device, sample, temperature)), u=(0, 0, 1)
        )
        + mm.Demag()
        + mm.Zeeman(H=vector((bias + np.array(experiment.applied_field)) / mu_0))
    )
    angle = layer.spin_hall_angle.value
    # A unit's critical current varies; here that is the torque that it gets from the current.
    # The sign goes into the polarisation: not every engine keeps that of a per-cell current.
    effective = abs(current_density) / sample.unit_threshold_factor[sample.unit_index]
    system.dynamics = (
        mm.Precession(gamma0=mm.consts.gamma0)
        + mm.Damping(alpha=magnet.damping.value)
        + mm.Slonczewski(
            name="spin_orbit_torque",
            J=scalar(effective),
            mp=(0, float(np.sign(angle * current_density) or 1.0), 0),
            P=abs(angle),
            Lambda=1,
            eps_prime=layer.field_like_spin_hall_angle.value * np.sign(angle) / 2,
        )
        + mm.Slonczewski(
            name="thermal_spin_torque",
            J=thermal_current_density,
            mp=tuple(device.thermal_spin_torque.polarisation.value),
            P=1,
            Lambda=1,
            eps_prime=0,
        )
    )
    system.T = temperature
    system.m = df.Field(
        mesh,
        nvdim=3,
        value=m[:, :, None, :],
        norm=fields.saturation_magnetisation(device, temperature),
    )
    return system
