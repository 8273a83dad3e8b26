"""Time dependences by Tcl, with the meaning that OOMMF's user guide gives them."""

import sys
import time as clock

import discretisedfield as df
import micromagneticmodel as mm
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from afterpulse import llg
from afterpulse.llg import tcl_script
from afterpulse.llg.system import system_parameters
from afterpulse.llg.time_dependence import Stages

GAMMA, ALPHA = 2.211e5, 0.1
H, OMEGA = 1e5, 2 * np.pi * 5e9
END, STAGES = 2e-10, 20
LENGTH = END / STAGES


@pytest.fixture
def tcl():
    pytest.importorskip("tkinter", reason="this Python has no Tcl")


def spin(energy, dynamics=None):
    mesh = df.Mesh(p1=(0, 0, 0), p2=(5e-9,) * 3, n=(1, 1, 1))
    system = mm.System(name="spin", energy=energy)
    system.m = df.Field(mesh, nvdim=3, value=(0, 0, 1), norm=8e5)
    system.dynamics = mm.Precession(gamma0=GAMMA) + mm.Damping(alpha=ALPHA)
    if dynamics is not None:
        system.dynamics += dynamics
    return system


def integrated(field):
    """Integrate one spin by SciPy, stage after stage; field(stage, time in it, total time)."""
    m = np.array([0, 0, 1.0])
    for stage in range(STAGES):

        def slope(t, m, stage=stage):
            once = np.cross(m, field(stage, t, stage * LENGTH + t))
            return -GAMMA / (1 + ALPHA**2) * (once + ALPHA * np.cross(m, once))

        m = solve_ivp(slope, (0, LENGTH), m, method="DOP853", rtol=1e-9, atol=1e-11).y[:, -1]
    return m


C, S = f"cos({OMEGA}*$t)", f"sin({OMEGA}*$t)"
TRANSFORM = "Oxs_TransformZeeman"


def rotating(stage, inside, total):
    return H * np.array([np.cos(OMEGA * total), np.sin(OMEGA * total), 0])


def skewed(stage, inside, total):
    """H (1, 2, 3) times a symmetric matrix with the rows (c, s, 1), (s, -c, 2), (1, 2, c)."""
    c, s = np.cos(OMEGA * total), np.sin(OMEGA * total)
    return H * np.array([c + 2 * s + 3, s - 2 * c + 6, 1 + 4 + 3 * c]) / 4


def returning(arguments, *numbers):
    values = " ".join(f"[expr {{{number}}}]" for number in numbers)
    return f"proc F {{{arguments}}} {{ return [list {values}] }}"


FIELDS = {
    "diagonal": (
        (H, H, 5.0),
        returning("t", C, S, 0, 7, 8, 9),
        {"energy": TRANSFORM, "type": "diagonal", "script_args": "total_time"},
        rotating,
    ),
    "symmetric": (
        (H / 4, H / 2, 3 * H / 4),
        returning("t", C, S, 1, f"-{C}", 2, C, *[1e12] * 6),
        {"energy": TRANSFORM, "type": "symmetric", "script_args": "total_time"},
        skewed,
    ),
    "general": (
        (H, 0, 0),
        returning("t", C, 3, 4, S, 5, 6, 0, 7, 8, *[1e12] * 9),
        {"energy": TRANSFORM, "type": "general", "script_args": "total_time"},
        rotating,
    ),
    "identity": (
        (H, 0, 0),
        "proc F {t} { error never }",
        {"energy": TRANSFORM, "type": "identity"},
        lambda *at: np.array([H, 0, 0]),
    ),
    "uniform field without H": (
        (1e7, 2e7, 3e7),
        returning("t", f"{H}*{C}", f"{H}*{S}", 0, 1, 2, 3),
        {"energy": "Oxs_ScriptUZeeman", "script_args": "total_time"},
        rotating,
    ),
    "stage time": (
        (H, 0, 0),
        returning("t", *["$t/1e-11"] * 3, 0, 0, 0),
        {"energy": TRANSFORM, "type": "diagonal", "script_args": "stage_time"},
        lambda stage, inside, total: np.array([H * inside / 1e-11, 0, 0]),
    ),
    "stage": (
        (0, 0, 0),
        returning("k", f"{H}*$k/20.", f"-{H}*($k % 2)", 0, 0, 0, 0),
        {"energy": "Oxs_ScriptUZeeman", "script_args": "stage"},
        lambda stage, inside, total: H * np.array([stage / 20, -(stage % 2), 0]),
    ),
    "default arguments": (
        (0, 0, 0),
        returning("k s t", f"{H}*{C}", f"{H}*$s/1e-11", f"{H}*$k/20.", 0, 0, 0),
        {"energy": "Oxs_ScriptUZeeman"},
        lambda stage, inside, total: (
            H * np.array([np.cos(OMEGA * total), inside / 1e-11, stage / 20])
        ),
    ),
    "arguments in another order": (
        (0, 0, 0),
        returning("t k", f"{H}*{C}", 0, f"{H}*$k/20.", 0, 0, 0),
        {"energy": "Oxs_ScriptUZeeman", "script_args": "{total_time stage}"},
        lambda stage, inside, total: H * np.array([np.cos(OMEGA * total), 0, stage / 20]),
    ),
}


@pytest.mark.usefixtures("tcl")
@pytest.mark.parametrize("name", FIELDS)
def test_fields_against_an_independent_integration(name):
    applied, script, strings, field = FIELDS[name]
    term = mm.Zeeman(H=applied, tcl_strings={"script": script, "script_name": "F", **strings})
    system = spin(term)
    llg.drive_batch([system], t=END, n=STAGES, seeds=[0])
    actual = system.m.orientation.array[0, 0, 0]
    np.testing.assert_allclose(actual, integrated(field), atol=2e-4)


@pytest.mark.usefixtures("tcl")
@pytest.mark.parametrize("name", ["stage time", "default arguments"])
def test_thermal_steps_across_stages(name):
    # Nearly at T = 0, with steps that begin in one stage and end in the next one.
    applied, script, strings, field = FIELDS[name]
    term = mm.Zeeman(H=applied, tcl_strings={"script": script, "script_name": "F", **strings})
    system = spin(term)
    system.T = 1e-9
    llg.drive_batch([system], t=END, n=STAGES, seeds=[0], time_step=2.5e-13)
    actual = system.m.orientation.array[0, 0, 0]
    np.testing.assert_allclose(actual, integrated(field), atol=2e-3)


@pytest.mark.usefixtures("tcl", "in_empty_folder")
def test_table_has_the_field_at_the_end_of_each_stage():
    applied, script, strings, field = FIELDS["stage"]
    term = mm.Zeeman(
        name="pulse", H=applied, tcl_strings={"script": script, "script_name": "F", **strings}
    )
    system = spin(term)
    llg.TimeDriver().drive(system, t=END, n=STAGES, verbose=0)
    table = system.table.data[["Bx_pulse", "By_pulse", "Bz_pulse"]].to_numpy()
    expected = [1e3 * mm.consts.mu0 * field(stage, 0, 0) for stage in range(STAGES)]
    np.testing.assert_allclose(table, expected, atol=1e-12)


def profile_term(kind, script, **strings):
    strings = {"script": script, "script_name": "F", **strings}
    if kind == "slonczewski":
        return mm.Slonczewski(
            J=1e12, mp=(0, 1, 0), P=0.5, Lambda=1, eps_prime=0, tcl_strings=strings
        )
    return mm.ZhangLi(u=100.0, beta=0.1, tcl_strings=strings)


@pytest.mark.usefixtures("tcl")
def test_current_by_stage():
    # Spin current J along mp acts as a field a m x mp with a = hbar P J / (2 e mu0 M_s d).
    script = "proc F {k s} { return [expr {$k % 2 ? -1 : 2e11 * $s}] }"
    system = spin(
        mm.Zeeman(H=(H, 0, 0)),
        profile_term("slonczewski", script, script_args="{stage stage_time}"),
    )
    llg.drive_batch([system], t=END, n=STAGES, seeds=[0])
    consts = mm.consts
    strength = consts.hbar * 0.5 * 1e12 / (2 * consts.e * consts.mu0 * 8e5 * 5e-9)
    m = np.array([0, 0, 1.0])
    for stage in range(STAGES):

        def slope(t, m, stage=stage):
            current = -1 if stage % 2 else 2e11 * t
            field = np.array([H, 0, 0]) + strength * current * np.cross(m, (0, 1, 0))
            once = np.cross(m, field)
            return -GAMMA / (1 + ALPHA**2) * (once + ALPHA * np.cross(m, once))

        m = solve_ivp(slope, (0, LENGTH), m, method="DOP853", rtol=1e-9, atol=1e-11).y[:, -1]
    np.testing.assert_allclose(system.m.orientation.array[0, 0, 0], m, atol=2e-4)


ONE = "proc F {t} { return [list 1 1 1 0 0 0] }"


@pytest.mark.usefixtures("tcl")
@pytest.mark.parametrize(
    ("strings", "named"),
    [
        ({}, "energy = None"),
        ({"energy": "Oxs_StageZeeman"}, "Oxs_StageZeeman"),
        ({"energy": "Oxs_UZeeman"}, "Oxs_UZeeman"),
        ({"energy": TRANSFORM}, "type = None"),
        ({"energy": TRANSFORM, "type": "rotation"}, "type = 'rotation'"),
        ({"energy": TRANSFORM, "type": "diagonal", "script_args": "time"}, "'time'"),
        ({"energy": TRANSFORM, "type": "diagonal", "script_args": "{stage stage}"}, "'stage'"),
        ({"energy": "Oxs_ScriptUZeeman", "script_args": "base_state_id"}, "base_state_id"),
        (
            {"energy": "Oxs_ScriptUZeeman", "script_args": "total_time\n multiplier 2"},
            "'multiplier'",
        ),
        ({"energy": "Oxs_ScriptUZeeman", "script_name": "F\n multiplier 2"}, "'multiplier'"),
        ({"energy": "Oxs_ScriptUZeeman", "script": " "}, "'script'"),
    ],
)
def test_what_is_not_offered_is_named(strings, named):
    strings = {"script": ONE, "script_name": "F", **strings}
    with pytest.raises(llg.UnsupportedSystem, match=named):
        system_parameters(spin(mm.Zeeman(H=(1, 0, 0), tcl_strings=strings)), stages=Stages(1e-12))


@pytest.mark.usefixtures("tcl")
@pytest.mark.parametrize("kind", ["slonczewski", "zhang_li"])
def test_a_temperature_script_in_a_current_is_named(kind):
    # oommfc writes the string into the .mif file as it is, so OOMMF takes what follows it.
    term = profile_term(
        kind, ONE, script_args="total_time\n tempscript G\n tempscript_args total_time"
    )
    with pytest.raises(llg.UnsupportedSystem, match="tempscript"):
        system_parameters(spin(mm.Zeeman(H=(1, 0, 0)), term), stages=Stages(1e-12))


@pytest.mark.usefixtures("tcl")
@pytest.mark.parametrize("kind", ["field", "slonczewski", "zhang_li"])
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("return NaN", "F.*t = 5e-13 s returned.*nan"),
        ("return Inf", "F.*t = 5e-13 s returned.*inf"),
        ("return {}", "F.*t = 5e-13 s returned ''"),
        ("return {a b}", "F.*t = 5e-13 s returned 'a b'"),
        ("return [list 1 1]", "F.*t = 5e-13 s returned"),
        ("return [list 1 1 1 1 1 1 1]", "F.*t = 5e-13 s returned"),
        ("return true", "F.*t = 5e-13 s returned"),
        ("expr {1 / 0}", "F.*t = 5e-13 s failed: divide by zero"),
        ("expr {sqrt(-1)}", "F.*t = 5e-13 s failed"),
        ("G", "F.*t = 5e-13 s failed: invalid command name"),
        ("error {my words}", "F.*t = 5e-13 s failed: my words"),
    ],
)
def test_a_wrong_result_names_the_procedure_and_the_time(kind, body, named):
    right = "1" if kind != "field" else "[list 1 1 1 0 0 0]"
    script = f"proc F {{t}} {{ if {{$t < 4.5e-13}} {{return {right}}}\n {body} }}"
    if kind == "field":
        strings = {"energy": "Oxs_ScriptUZeeman", "script_args": "total_time"}
        term = mm.Zeeman(H=(1, 0, 0), tcl_strings={"script": script, "script_name": "F", **strings})
        system = spin(term)
    else:
        term = profile_term(kind, script, script_args="total_time")
        system = spin(mm.Zeeman(H=(1, 0, 0)), term)
    with pytest.raises(ValueError, match=f"(?i){type(term).__name__}: tcl_strings: .*{named}"):
        system_parameters(system, stages=Stages(1e-12))


@pytest.mark.usefixtures("tcl")
@pytest.mark.parametrize(
    "body",
    [
        "while 1 {}",
        "while 1 {incr i}",
        "while 1 {catch {while 1 {}}}",
        "vwait forever",
        "after 100000000",
        "after 0 {while 1 {}}; vwait forever",
        "F $t",
        "tailcall F $t",
        "lsort -command {apply {{a b} {while 1 {}}}} {1 2}",
        "coroutine c apply {{} {while 1 {yield}}}; while 1 {c}",
        "interp create sub; interp eval sub {while 1 {}}",
    ],
)
@pytest.mark.parametrize("at_once", [False, True])
def test_an_endless_script_is_ended(body, at_once, monkeypatch):
    monkeypatch.setattr(tcl_script, "LONGEST_CALL", 0.3)
    script = f"proc F {{t}} {{ {body} }}"
    if at_once:
        script += "\nF 0"
    begun = clock.monotonic()
    term = profile_term("slonczewski", script, script_args="total_time")
    with pytest.raises(ValueError, match="Slonczewski: tcl_strings: .*(F|the script).* failed"):
        system_parameters(spin(mm.Zeeman(H=(1, 0, 0)), term), stages=Stages(1e-12))
    assert clock.monotonic() - begun < 20


@pytest.mark.usefixtures("tcl")
def test_many_commands_are_no_endless_script(monkeypatch):
    # The limits of Tcl count from the beginning; they must move on with the calls.
    monkeypatch.setattr(tcl_script, "LONGEST_CALL", 0.4)
    strings = {"script": "proc F {} { return 1 }", "script_name": "F", "script_args": ""}
    procedure = tcl_script.TclProcedure("Slonczewski", strings)
    begun = clock.monotonic()
    while clock.monotonic() - begun < 1.0:
        assert procedure.numbers(1, 0, 0.0, 0.0) == [1]


@pytest.mark.usefixtures("tcl")
@pytest.mark.parametrize("script", ["exec touch x", "open x w", "file mkdir x", "socket a 1"])
def test_a_script_reaches_no_files_or_commands(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in (script, f"proc F {{t}} {{ {script} }}"):
        term = profile_term("zhang_li", text, script_args="total_time")
        with pytest.raises(ValueError, match="tcl_strings"):
            system_parameters(spin(mm.Zeeman(H=(1, 0, 0)), term), stages=Stages(1e-12))
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("tcl")
def test_a_command_with_arguments_of_its_own():
    script = "proc F {a t} { return [expr {$a + $t * 1e12}] }"
    term = profile_term("slonczewski", script, script_args="total_time")
    term.tcl_strings["script_name"] = "{F 3}"
    (actual,) = system_parameters(
        spin(mm.Zeeman(H=(1, 0, 0)), term), stages=Stages(1e-12)
    ).slonczewski
    assert actual.dependence.values[0, [0, -1]] == pytest.approx([3, 4])


def test_python_without_tcl_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "tkinter", None)
    term = profile_term("slonczewski", ONE, script_args="total_time")
    with pytest.raises(ValueError, match="tcl_strings: this Python has no Tcl"):
        system_parameters(spin(mm.Zeeman(H=(1, 0, 0)), term), stages=Stages(1e-12))
