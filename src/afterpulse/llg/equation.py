"""The Landau-Lifshitz-Gilbert equation.

m is the unit magnetisation and H a field in A/m, shape (3, nz, nx, ny); times are in s, float64.
"""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
from micromagneticmodel.consts import mu0

from .cross_product import cross
from .fields.cubic_anisotropy import cubic_anisotropy_field
from .fields.demagnetisation import cell_self_field, demagnetisation_field
from .fields.dmi import dmi_field
from .fields.exchange import exchange_field
from .fields.magnetoelastic import magnetoelastic_field
from .fields.rkky import bilinear_rkky_field, biquadratic_rkky_field
from .fields.uniaxial_anisotropy import fourth_order_field, second_order_field
from .parameters import Parameters
from .slonczewski import slonczewski_field
from .time_dependence import factor
from .zhang_li import drift, zhang_li_torque

# Kind of an energy term and its index among the terms of its kind.
TermKey = tuple[str, int]


def term_fields(
    m: jax.Array, time: jax.Array, parameters: Parameters
) -> Iterator[tuple[TermKey, int, jax.Array]]:
    """Yield the fields of the energy terms as (key, degree k of the energy in m, H).

    The energy density is -mu0 M_s m . H / k (Euler's theorem). The kind in the key is the term's
    class in lower case, but "driven" for an applied field that depends on time. All exchange terms
    are one entry, and all constant applied fields. A key may come twice.
    """
    p = parameters
    if p.demagnetisation is not None:
        demag = demagnetisation_field(m, p.saturation_magnetisation, p.demagnetisation)
        yield ("demag", 0), 2, demag
    yield from _short_ranged_fields(m, time, parameters)


def _short_ranged_fields(
    m: jax.Array, time: jax.Array, parameters: Parameters
) -> Iterator[tuple[TermKey, int, jax.Array]]:
    p = parameters
    if p.exchange is not None:
        yield ("exchange", 0), 2, exchange_field(m, p.exchange)
    for k, dmi in enumerate(p.dmi):
        yield ("dmi", k), 2, dmi_field(m, dmi.coefficients, dmi.crystal_class)
    for k, uniaxial in enumerate(p.uniaxial_anisotropy):
        yield ("uniaxialanisotropy", k), 2, second_order_field(m, uniaxial)
        if uniaxial.fourth_order is not None:
            yield ("uniaxialanisotropy", k), 4, fourth_order_field(m, uniaxial)
    for k, cubic in enumerate(p.cubic_anisotropy):
        yield ("cubicanisotropy", k), 4, cubic_anisotropy_field(m, cubic)
    for k, elastic in enumerate(p.magnetoelastic):
        yield ("magnetoelastic", k), 2, magnetoelastic_field(m, elastic)
    for k, coupling in enumerate(p.rkky):
        yield ("rkky", k), 2, bilinear_rkky_field(m, coupling)
        yield ("rkky", k), 4, biquadratic_rkky_field(m, coupling)
    if p.applied is not None:
        yield ("zeeman", 0), 1, jnp.broadcast_to(p.applied, m.shape)
    for k, term in enumerate(p.driven):
        yield ("driven", k), 1, scaled(term.applied, factor(term.dependence, time))


def scaled(field: jax.Array, by: jax.Array) -> jax.Array:
    """Return a vector field times a number or a matrix, in the precision of the field."""
    by = by.astype(field.dtype)
    return jnp.einsum("ij,j...->i...", by, field) if by.ndim == 2 else by * field


def effective_field(m: jax.Array, time: jax.Array, parameters: Parameters) -> jax.Array:
    """Return the sum of the fields of all energy terms."""
    return nearby_field(m, time, parameters) + distant_field(m, parameters)


def nearby_field(m: jax.Array, time: jax.Array, parameters: Parameters) -> jax.Array:
    """Return the part of the effective field that a cell and its neighbours make."""
    p = parameters
    total = jnp.zeros_like(m)
    if p.demagnetisation is not None:
        total += cell_self_field(m, p.saturation_magnetisation, p.demagnetisation.self_tensor)
    for _, _, field in _short_ranged_fields(m, time, parameters):
        total += field
    return total


def distant_field(m: jax.Array, parameters: Parameters) -> jax.Array:
    """Return the demagnetising field of the other cells.

    Without a demagnetising term: zeros of shape (3, 1, 1, 1).
    """
    p = parameters
    if p.demagnetisation is None:
        return jnp.zeros((3, 1, 1, 1), m.dtype)
    demag = demagnetisation_field(m, p.saturation_magnetisation, p.demagnetisation)
    return demag - cell_self_field(m, p.saturation_magnetisation, p.demagnetisation.self_tensor)


def energy_densities(
    m: jax.Array, time: jax.Array, parameters: Parameters
) -> dict[TermKey, jax.Array]:
    """Return the energy densities of the terms in J/m^3, shape (nz, nx, ny).

    No constant is added: uniaxial anisotropy counts as -K (m . u)^2, exchange between parallel
    cells and RKKY without their constants.
    """
    total: dict[TermKey, jax.Array] = {}
    for key, degree, field in term_fields(m, time, parameters):
        density = energy_density(m, field, degree, parameters)
        total[key] = total[key] + density if key in total else density
    return total


def energy_density(
    m: jax.Array, field: jax.Array, degree: int, parameters: Parameters
) -> jax.Array:
    """Return -mu0 M_s m . H / k of a field whose energy has degree k in m, in J/m^3."""
    magnetisation = jnp.asarray(mu0, m.dtype) * parameters.saturation_magnetisation
    return -magnetisation * jnp.sum(m * field, axis=0) / degree


def torque(m: jax.Array, time: jax.Array, field: jax.Array, parameters: Parameters) -> jax.Array:
    """Return dm/dt of the Gilbert equation in 1/s for the effective field H.

    dm/dt = -gamma0 m x G + alpha m x dm/dt + Z, with G = H plus the equivalent field of the
    Slonczewski torques and Z the Zhang-Li torque, is for |m| = 1
    dm/dt = (A + alpha m x A) / (1 + alpha^2) with A = Z - gamma0 m x G.
    Without precession m x H is left out of A, but not of alpha m x A.
    """
    p = parameters
    spin_torque = None
    for term in p.slonczewski:
        *arguments, dependence = term
        added = slonczewski_field(m, *arguments)
        if dependence is not None:
            added = scaled(added, factor(dependence, time))
        spin_torque = added if spin_torque is None else spin_torque + added
    if p.precession:
        total = field if spin_torque is None else field + spin_torque
        direct = damped = p.gamma0 * cross(m, total)
    else:
        direct = p.gamma0 * (jnp.zeros_like(m) if spin_torque is None else cross(m, spin_torque))
        damped = direct + p.gamma0 * cross(m, field)
    for drag in p.zhang_li:
        along = drift(m, drag.coefficients)
        if drag.dependence is not None:
            along = scaled(along, factor(drag.dependence, time))
        added = zhang_li_torque(m, along, drag.beta)
        direct, damped = direct - added, damped - added
    alpha = p.damping
    result = -(direct + alpha * cross(m, damped)) / (1 + alpha * alpha)
    return result if p.free is None else p.free * result


def normalise(m: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return unit vectors, zero in vacuum, and the squared length before, shape (nz, nx, ny)."""
    square = m[0] * m[0] + m[1] * m[1] + m[2] * m[2]
    return m * jax.lax.rsqrt(jnp.where(square > 0, square, 1)), square
