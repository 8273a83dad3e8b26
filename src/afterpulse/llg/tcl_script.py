"""Time dependences given by Tcl procedures, with OOMMF's meaning.

OOMMF's user guide, "Standard Oxs_Ext Child Classes": Oxs_TransformZeeman multiplies a field by a
matrix, Oxs_ScriptUZeeman takes a uniform field in A/m, and the profile of a current is a factor.
All three call a procedure with some of `stage`, `stage_time` and `total_time`. A stage is the time
from one output to the next. The time derivatives that field procedures return serve OOMMF's
energy bookkeeping only and are disregarded.

Unsupported `tcl_strings` raise UnsupportedSystem. A script that fails, does not end or returns the
wrong result raises ValueError, and so does a Python without Tcl.
"""

import time as clock
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .mesh import UnsupportedSystem
from .time_dependence import Sampled, Stages, sampled, sampled_by_stage

# OOMMF calls a procedure at each time that it needs; here its result is sampled this often (s).
TCL_SPACING = 1e-13
ARGUMENTS = ("stage", "stage_time", "total_time")
# Count of numbers that a procedure returns: entries of the matrix, then their time derivatives.
LENGTHS = {"diagonal": 6, "symmetric": 12, "general": 18}
ENTRIES = {
    "diagonal": (0, None, None, None, 1, None, None, None, 2),
    "symmetric": (0, 1, 2, 1, 3, 4, 2, 4, 5),
    "general": tuple(range(9)),
}
# A call that takes longer (s) or runs more commands is stopped.
LONGEST_CALL = 10.0
MOST_COMMANDS = 10**8

Numbers = Sequence[float] | float


def tcl_profile(term: str, strings: Mapping[str, str], stages: Stages) -> Sampled:
    """Sample the factor of the current of a term, given its class, that `tcl_strings` describe."""
    procedure = TclProcedure(term, strings)
    return _sampled(procedure, lambda *at: procedure.numbers(1, *at)[0], stages)


def tcl_field(strings: Mapping[str, str], stages: Stages) -> tuple[bool, Sampled]:
    """Sample the matrix that multiplies H of a Zeeman term, or the field itself.

    Returns True if H counts, and a matrix at each time. Without H the matrix is diagonal and has
    the field in A/m on its diagonal.
    """
    energy = strings.get("energy")
    if energy == "Oxs_ScriptUZeeman":
        procedure = TclProcedure("Zeeman", strings)

        def diagonal(*at: Any) -> Numbers:
            return _matrix("diagonal", procedure.numbers(6, *at))

        return False, _sampled(procedure, diagonal, stages)
    if energy != "Oxs_TransformZeeman":
        raise UnsupportedSystem(
            f"Zeeman: tcl_strings with energy = {energy!r} is not supported, only "
            "'Oxs_TransformZeeman' and 'Oxs_ScriptUZeeman'"
        )
    kind = strings.get("type")
    if kind == "identity":
        # The only type without a procedure: the field is constant.
        return True, sampled(lambda _: 1.0, stages.t, stages.t)
    if kind not in LENGTHS:
        raise UnsupportedSystem(
            f"Zeeman: tcl_strings with type = {kind!r} is not supported, only 'identity', "
            f"{', '.join(map(repr, LENGTHS))}"
        )
    procedure = TclProcedure("Zeeman", strings)

    def transform(*at: Any) -> Numbers:
        return _matrix(kind, procedure.numbers(LENGTHS[kind], *at))

    return True, _sampled(procedure, transform, stages)


def _matrix(kind: str, numbers: Sequence[float]) -> Numbers:
    return [0.0 if entry is None else numbers[entry] for entry in ENTRIES[kind]]


def _sampled(procedure: "TclProcedure", value: Callable[..., Numbers], stages: Stages) -> Sampled:
    if not {"stage", "stage_time"} & set(procedure.arguments):
        return sampled(lambda t: value(0, t, t), stages.t, TCL_SPACING)
    # A procedure of the stage alone is constant within each stage.
    spacing = stages.length if procedure.arguments == ["stage"] else TCL_SPACING
    return sampled_by_stage(
        lambda stage, inside: value(stage, inside, stage * stages.length + inside), stages, spacing
    )


class TclProcedure:
    """A procedure of a script, in a safe interpreter: no files, network or commands.

    `term` is the class of the term, for messages; `arguments` lists what the procedure takes.
    """

    def __init__(self, term: str, strings: Mapping[str, str]) -> None:
        for key in ("script", "script_name"):
            if not strings.get(key, "").strip():
                raise UnsupportedSystem(f"{term}: tcl_strings without '{key}' are not supported")
        try:
            import tkinter
        except ImportError as error:
            raise ValueError(
                "tcl_strings: this Python has no Tcl; install tkinter (python3-tk on Debian) or "
                "give a Python function as func"
            ) from error
        self._term, self._failure = term, tkinter.TclError
        self._interpreter = tkinter.Tcl()
        self._interpreter.call("interp", "create", "-safe", "drive")
        self._renewed = -np.inf
        self._name = self._one_word(strings["script_name"], "script_name")
        given = strings.get("script_args")
        text = " ".join(ARGUMENTS) if given is None else given
        self.arguments = self._words(self._one_word(text, "script_args"))
        for argument in self.arguments:
            if argument not in ARGUMENTS or self.arguments.count(argument) > 1:
                raise UnsupportedSystem(
                    f"{term}: '{argument}' in script_args = {text!r} of tcl_strings is not "
                    f"supported; allowed once each: {', '.join(ARGUMENTS)}"
                )
        self._evaluate("the script", strings["script"])

    def numbers(self, count: int, stage: int, stage_time: float, total_time: float) -> list[float]:
        """Call the procedure at a time in s and return as many numbers as it must give."""
        values = {
            "stage": str(stage),
            "stage_time": repr(float(stage_time)),
            "total_time": repr(float(total_time)),
        }
        at = f"procedure '{self._name}' at t = {total_time:.6g} s"
        result = self._evaluate(at, self._name, *(values[name] for name in self.arguments))
        words = self._words(result)
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            numbers = []
        if len(numbers) != count or not np.isfinite(numbers).all():
            raise ValueError(
                f"{self._term}: tcl_strings: {at} returned {str(result)!r}, not "
                f"{count} finite number{'s' if count > 1 else ''}"
            )
        return numbers

    def _evaluate(self, subject: str, *words: str) -> Any:
        self._renew_limits()
        try:
            return self._interpreter.call("interp", "eval", "drive", *words)
        except self._failure as error:
            endless = "limit exceeded" in str(error)
            reason = f"it did not end within {LONGEST_CALL:g} s" if endless else str(error)
            raise ValueError(f"{self._term}: tcl_strings: {subject} failed: {reason}") from error

    def _renew_limits(self) -> None:
        # Tcl's limits hold from now on, not for one call, and setting them takes as long as a short
        # procedure: they are moved once a second.
        now = clock.time()
        if now - self._renewed < min(1.0, 0.1 * LONGEST_CALL):
            return
        self._renewed = now
        call, end = self._interpreter.call, now + LONGEST_CALL
        seconds = int(end)
        fraction = ("-milliseconds", int(1000 * (end - seconds)))
        call("interp", "limit", "drive", "time", "-seconds", seconds, *fraction)
        commands = int(call("interp", "eval", "drive", "info", "cmdcount"))
        call("interp", "limit", "drive", "commands", "-value", commands + MOST_COMMANDS)

    def _one_word(self, text: str, key: str) -> str:
        """Check a value as part of a .mif file, where further words would be other parameters."""
        words = self._words(text)
        if len(words) > 1 and any(word not in ARGUMENTS for word in words):
            raise UnsupportedSystem(
                f"{self._term}: {key} = {text!r} of tcl_strings is not supported: "
                f"'{words[1]}' would be another parameter of OOMMF"
            )
        return words[0] if len(words) == 1 else text

    def _words(self, value: Any) -> list[str]:
        if isinstance(value, (bool, int, float)):
            return [str(value)]
        try:
            return [str(word) for word in self._interpreter.splitlist(value)]
        except self._failure:
            return [str(value)]
