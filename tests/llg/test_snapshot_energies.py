"""Energies at several magnetisations against closed forms."""

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest
from micromagneticmodel.consts import mu0

from afterpulse import llg

MS, EDGE, CELLS = 8e5, 4e-9, 12


def system_of_all_terms():
    mesh = df.Mesh(p1=(0, 0, 0), p2=(CELLS * EDGE, EDGE, EDGE), n=(CELLS, 1, 1))
    system = mm.System(name="row")
    system.energy = (
        mm.Exchange(A=1e-11)
        + mm.DMI(D=2e-3, crystalclass="Cnv_z")
        + mm.UniaxialAnisotropy(K=3e5, u=(0, 0, 1))
        + mm.Zeeman(H=(1e5, 0, -2e5))
        + mm.Zeeman(H=(0, 3e4, 0), name="across")
    )
    system.m = df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=MS)
    return system


def spiral(pitch):
    angle = pitch * np.arange(CELLS)
    m = np.zeros((CELLS, 1, 1, 3))
    m[:, 0, 0, 0], m[:, 0, 0, 2] = np.sin(angle), np.cos(angle)
    return m, angle


@pytest.mark.parametrize("sign", [1, -1])
def test_energies_of_a_spiral(sign):
    turned, angle = spiral(sign * 0.1)
    straight, _ = spiral(0.0)
    found = llg.snapshot_energies(system_of_all_terms(), np.stack([straight, turned]))
    volume = EDGE**3
    bonds = (CELLS - 1) * volume
    # A bond has A |dm|²/dx² = 2 A (1 - cos)/dx², split over two cells.
    np.testing.assert_allclose(
        found["exchange"], [0, 2e-11 * (1 - np.cos(0.1)) / EDGE**2 * bonds], atol=1e-30
    )
    anisotropy = -3e5 * volume * np.array([CELLS, np.sum(np.cos(angle) ** 2)])
    np.testing.assert_allclose(found["uniaxialanisotropy"], anisotropy)
    field = 1e5 * np.sin(angle) - 2e5 * np.cos(angle)
    zeeman = -mu0 * MS * volume * np.array([-2e5 * CELLS, field.sum()])
    np.testing.assert_allclose(found["zeeman"], zeeman)
    assert set(found) == {"exchange", "dmi", "uniaxialanisotropy", "zeeman"}
    # D (m_z dm_x/dx - m_x dm_z/dx) = D dtheta/dx of a spiral of small pitch; its boundary cells
    # lack a neighbour.
    assert abs(found["dmi"][1]) == pytest.approx(2e-3 * 0.1 / EDGE * bonds, rel=0.02)
    assert found["dmi"][0] == pytest.approx(0, abs=1e-6 * abs(found["dmi"][1]))


def test_energies_are_those_of_compute(tmp_path):
    system = system_of_all_terms()
    turned, _ = spiral(0.3)
    found = llg.snapshot_energies(system, turned[None])
    system.m = df.Field(system.m.mesh, nvdim=3, value=turned, norm=MS)
    total = llg.compute(system.energy.energy, system, dirname=tmp_path)
    assert sum(found.values())[0] == pytest.approx(total, rel=1e-12)
