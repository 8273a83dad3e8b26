import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from afterpulse.neuron import cell as cells
from afterpulse.neuron import compact, nir_graph

PULSE = (0.75, 1e-6)


def superposed(modes, pulse_time, time):
    """Return the reading of the small-signal memory cell after pulses that end at some times."""
    since = np.asarray(time)[:, None, None] - np.asarray(pulse_time)[None, :, None]
    decay = np.where(since >= 0, np.exp(-np.maximum(since, 0) / modes.time_constant), 0.0)
    return modes.rest + (decay * modes.gain).sum(axis=(1, 2))


@pytest.fixture(scope="module")
def modes(cell):
    return nir_graph.small_signal(cell, *PULSE)


def test_modes_follow_the_cell_after_one_pulse(cell, rest, modes):
    quiet, key = cells.quiet(cell), jax.random.key(0)
    relax = jax.jit(cells.relax)
    pulsed = cells.pulse(quiet, rest, *(jnp.array(x) for x in PULSE), key)
    for delay in (2e-3, 0.05, 1.0, 20.0):
        found = compact.reading(relax(quiet, pulsed, jnp.array(delay), key))
        assert superposed(modes, [0.0], [delay])[0] == pytest.approx(float(found), abs=0.03)


def test_modes_add_up_without_saturation(modes):
    one = superposed(modes, [0.0], [0.5])[0] - modes.rest
    two = superposed(modes, [0.0, 0.0], [0.5])[0] - modes.rest
    assert two == pytest.approx(2 * one)
    assert superposed(modes, [1.0], [0.5])[0] == modes.rest


def test_graph_gives_the_trace_of_the_small_signal_cell(modes, tmp_path):
    nir = pytest.importorskip("nir", reason="the extra nir is not installed")
    nir.write(tmp_path / "cell.nir", nir_graph.to_nir(modes))
    graph = nir.read(tmp_path / "cell.nir")
    order = [first for first, _ in graph.edges] + ["reading"]
    assert [type(graph.nodes[name]).__name__ for name in order] == [
        "Input",
        "Linear",
        "LI",
        "Affine",
        "Output",
    ]
    gain, leak, total = (graph.nodes[name] for name in ("gain", "modes", "sum"))
    # Spikes of unit area, 10 us wide, through the primitives' own equations.
    spikes, width, end = np.array([0.02, 0.05, 0.4]), 1e-5, 1.0

    def slope(on):
        current = gain.weight @ np.array([on / width])
        return lambda _, v: (leak.v_leak - v + leak.r * current) / leak.tau

    v, now, read = np.zeros(leak.tau.size), 0.0, []
    for start in [*spikes, end]:
        for until, on in ((start, 0.0), (start + width, 1.0 * (start < end))):
            v = solve_ivp(slope(on), (now, until), v, rtol=1e-8, atol=1e-10).y[:, -1]
            now = until
            if not on:
                read.append((until, float((total.weight @ v + total.bias)[0])))
    times, found = np.array(read).T
    # Right before each spike and at the end.
    expected = superposed(modes, spikes + width / 2, times)
    keep = np.concatenate([times[:-1], times[-1:]])
    assert keep.size == found.size
    before = ~np.isin(np.round(times, 9), np.round(spikes + width, 9))
    np.testing.assert_allclose(found[before], expected[before], atol=2e-4)
    assert np.ptp(found[before]) > 0.05
