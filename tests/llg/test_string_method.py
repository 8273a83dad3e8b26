import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest

from afterpulse import llg

SATURATION = 1e6
UP, DOWN = (0, 0, 1), (0, 0, -1)


def field(mesh, value):
    return df.Field(mesh, nvdim=3, value=value, norm=SATURATION)


def macrospin(against, edge=4e-9):
    """Easy axis z, hard axis y, and a field against the start as a fraction of the threshold."""
    mesh = df.Mesh(p1=(0, 0, 0), p2=(edge, edge, edge), n=(1, 1, 1))
    constant = 1e5
    system = mm.System(name="particle", m=field(mesh, UP))
    system.energy = mm.UniaxialAnisotropy(K=constant, u=(0, 0, 1), name="easy")
    system.energy += mm.UniaxialAnisotropy(K=-3e4, u=(0, 1, 0), name="hard")
    if against:
        threshold = 2 * constant / (mm.consts.mu0 * SATURATION)
        system.energy += mm.Zeeman(H=(0, 0, -against * threshold))
    return system, constant * edge**3


@pytest.mark.parametrize("against", [0.0, 0.3, -0.4, 0.7])
@pytest.mark.parametrize("images", [6, 11])
def test_macrospin(against, images):
    # Stoner and Wohlfarth: K V (1 - h)^2 over the easy plane, whatever way the search began.
    system, height = macrospin(against)
    mesh = system.m.mesh
    path = [field(mesh, UP), field(mesh, (0.3, 1, 0.1)), field(mesh, DOWN)]
    actual = llg.minimum_energy_path(system, path, images=images)
    assert actual.barrier == pytest.approx(height * (1 - against) ** 2, rel=0.005)
    # m_z = h at the saddle.
    saddle = actual.m[actual.saddle].orientation.array[0, 0, 0]
    assert saddle[2] == pytest.approx(against, abs=0.02)
    assert len(actual.m) == len(actual.energy) == len(actual.distance) == images
    assert 0 < actual.saddle < images - 1
    back = actual.energy[actual.saddle] - actual.energy[-1]
    assert back == pytest.approx(height * (1 + against) ** 2, rel=0.005)


def wall(dmi=0.0):
    cells, d = 80, 2e-9
    mesh = df.Mesh(p1=(0, 0, 0), p2=(cells * d, 4e-9, 2e-9), n=(cells, 2, 1))
    system = mm.System(name="strip", m=field(mesh, UP))
    system.energy = mm.Exchange(A=1.5e-11) + mm.UniaxialAnisotropy(K=3e5, u=(0, 0, 1))
    if dmi:
        system.energy += mm.DMI(D=dmi, crystalclass="Cnv_z")
    middle = field(mesh, lambda p: (0.1 * np.sign(dmi or 1), 0, -np.tanh((p[0] - 8e-8) / 7e-9)))
    return system, [field(mesh, UP), middle, field(mesh, DOWN)]


def test_reversal_by_a_wall():
    system, path = wall()
    actual = llg.minimum_energy_path(system, path)
    area = 4e-9 * 2e-9
    assert actual.barrier == pytest.approx(4 * np.sqrt(1.5e-11 * 3e5) * area, rel=0.03)
    # The wall moves freely: half of the path is flat.
    flat = actual.energy - actual.energy[0] > 0.99 * actual.barrier
    assert flat.sum() > len(flat) / 2
    # Turning all spins together is a path as well, and a far higher one.
    together = llg.minimum_energy_path(system, [path[0], path[-1]])
    assert together.barrier == pytest.approx(3e5 * 80 * 2e-9 * area, rel=0.005)


def test_two_spins_that_turn_one_after_the_other():
    # Two spins with exchange J between them: below K they turn one after the other. The saddle
    # follows from the energy of two angles on a fine grid.
    edge, a, constant = 4e-9, 2e-13, 1e5
    mesh = df.Mesh(p1=(0, 0, 0), p2=(2 * edge, edge, edge), n=(2, 1, 1))
    system = mm.System(name="pair", m=field(mesh, UP))
    system.energy = mm.Exchange(A=a) + mm.UniaxialAnisotropy(K=constant, u=(0, 0, 1))
    first = field(mesh, lambda p: DOWN if p[0] < edge else UP)
    half = llg.minimum_energy_path(system, [field(mesh, UP), first])
    angle = np.linspace(0, np.pi, 721)
    one, two = np.meshgrid(angle, angle, indexing="ij")
    exchange = 2 * a / edge**2 * (1 - np.cos(one - two))
    energy = edge**3 * (constant * (np.sin(one) ** 2 + np.sin(two) ** 2) + exchange)
    # The lowest pass over all values of the first angle.
    expected = energy.min(axis=1).max() - energy[0, 0]
    assert half.barrier == pytest.approx(expected, rel=0.005)


def test_system_is_not_changed():
    system, _ = macrospin(0.0)
    before = system.m.array.copy()
    llg.minimum_energy_path(system, [system.m, field(system.m.mesh, DOWN)], images=5)
    np.testing.assert_array_equal(system.m.array, before)


def test_bad_input():
    system, _ = macrospin(0.0)
    mesh = system.m.mesh
    up, down = field(mesh, UP), field(mesh, DOWN)
    with pytest.raises(ValueError, match="3 images"):
        llg.minimum_energy_path(system, [up, down], images=2)
    with pytest.raises(ValueError, match="a first and a last state"):
        llg.minimum_energy_path(system, [up])
    with pytest.raises(ValueError, match="relax to one state"):
        llg.minimum_energy_path(system, [up, field(mesh, (0.1, 0, 1))])
    with pytest.raises(llg.IntegrationError, match="'particle' does not come to rest"):
        llg.minimum_energy_path(system, [up, field(mesh, (0.3, 1, 0)), down], most_steps=2)
