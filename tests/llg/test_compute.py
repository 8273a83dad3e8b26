import json

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg

pytestmark = pytest.mark.usefixtures("in_empty_folder")


def film():
    mesh = df.Mesh(p1=(0, 0, 0), p2=(10e-9, 10e-9, 10e-9), n=(1, 1, 1))
    system = mm.System(name="cube", m=df.Field(mesh, nvdim=3, value=(0, 0.6, 0.8), norm=1e6))
    system.energy = (
        mm.Demag() + mm.Zeeman(H=(0, 0, 2e5)) + mm.UniaxialAnisotropy(K=3e5, u=(0, 1, 0))
    )
    return system


def test_energies_of_a_uniform_cube():
    system, mu0, volume = film(), 4e-7 * np.pi, 1e-24
    expected = {
        "demag": mu0 * 1e12 / 6 * volume,
        "zeeman": -mu0 * 1e6 * 2e5 * 0.8 * volume,
        "uniaxialanisotropy": -3e5 * 0.36 * volume,
    }
    for name, value in expected.items():
        term = getattr(system.energy, name)
        assert llg.compute(term.energy, system) == pytest.approx(value, rel=1e-9)
        density = llg.compute(term.density, system)
        assert density.array.item() == pytest.approx(value / volume, rel=1e-9)
    total = llg.compute(system.energy.energy, system)
    assert total == pytest.approx(sum(expected.values()), rel=1e-9)


def test_field_of_a_term_and_of_the_whole():
    system = film()
    demag = llg.compute(system.energy.demag.effective_field, system)
    np.testing.assert_allclose(demag.array[0, 0, 0], (0, -0.2e6, -0.8e6 / 3), rtol=1e-9)
    whole = llg.compute(system.energy.effective_field, system)
    anisotropy = 2 * 3e5 / (4e-7 * np.pi * 1e6) * 0.6
    np.testing.assert_allclose(
        whole.array[0, 0, 0], (0, -0.2e6 + anisotropy, -0.8e6 / 3 + 2e5), rtol=1e-9
    )


def test_other_functions_are_refused():
    system = film()
    with pytest.raises(ValueError, match="energy term"):
        llg.compute(np.sum, system)
    with pytest.raises(ValueError, match="expected energy, density or effective_field, not get"):
        llg.compute(system.energy.get, system)


def test_what_was_computed_is_kept(tmp_path):
    system = film()
    value = llg.compute(system.energy.energy, system, dirname=tmp_path)
    field = llg.compute(system.energy.demag.effective_field, system, dirname=tmp_path)
    first, second = (tmp_path / "cube" / f"compute-{number}" for number in (0, 1))
    info = json.loads((first / "info.json").read_text())
    assert (info["value"], info["unit"], info["term"]) == (value, "J", "energy")
    kept = df.Field.from_file(str(second / "effective_field.ovf"))
    np.testing.assert_array_equal(kept.array, field.array)
