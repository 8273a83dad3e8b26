"""Five hundred cards with mistakes and malice: each is run, or refused by card and field."""

import copy
import difflib
import functools
import importlib
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from afterpulse.calibration import rules as calibration_rules
from afterpulse.cards import load_experiment
from afterpulse.cards.load import read_card
from afterpulse.cards.quantity import printable
from afterpulse.cli import app
from afterpulse.device import load_device
from afterpulse.film import rules as film_rules

ROOT = Path(__file__).parents[2]
CARDS = 500
NAMES = ("pt_co_irmn", "ptmn_copd", "tiny")

# Whatever acts on one of these makes a file of this name.
CANARY = "canary"
COMMANDS = [
    f"$(touch {CANARY})",
    f"`touch {CANARY}`",
    f"; touch {CANARY} #",
    f"'; touch {CANARY}; '",
    f'"; touch {CANARY}; "',
    f"a\ntouch {CANARY}\n",
    f"| touch {CANARY}",
    f"&& touch {CANARY}",
    f"[exec touch {CANARY}]",
    f"{{[exec touch {CANARY}]}}",
    f"}}\nexec touch {CANARY}\n{{",
    f"__import__('os').system('touch {CANARY}')",
    "{{ ''.__class__ }}",
    "{0.__class__}",
    "%s%n%p",
    "<script>alert(1)</script>",
    r"$\frac$",
    "${HOME}",
    "\\",
    "#{x}",
]
PATHS = [
    "../../escaped",
    "/tmp/escaped",
    "a/../../escaped",
    "..",
    ".",
    "~root",
    "-rf",
    "a/b",
    "a\\b",
    "nul\0byte",
    "a" * 300,
    "con:",
    "name\n",
    " name",
    "",
]
WORDS = [
    "ünïcode",
    "铁磁",
    "\U0001f9f2",
    "\u202e5 nm",
    "\x1b[2J",
    "5 nm",  # no ordinary digit
    "5\u00a0nm",
    "\ufeff5 nm",
    "e\u0301" * 50,
    "yes",
    "null",
    "1_000",
    "0x10",
    "x" * 5000,
    "up",
    "down",
]
NUMBERS = ["0", "-0.0", "1", "-1", "0.5", "2", "1e-300", "1e300", "1e999", "-1e308", "1e-999"]
NUMBERS += ["9" * 50, "1e12", "1e-12", "3.7", "nan", "inf"]
UNITS = ["", "nm", "m", "km", "s", "us", "Gyr", "K", "degC", "A", "A/m^2", "T", "J/m^3", "J/m^2"]
UNITS += ["I_c", "ohm", "1/s", "1/m^2", "J/m", "A/m", "V", "deg", "rad", "A/W", "furlong", "nm nm"]
UNITS += ["nm^9", "K*m^2/W", "mohm/K", "ohm*m", "__import__", "m**9**9"]
PLAIN = [None, True, False, 0, -1, 1, 2, 7, 64, 10**12, -(10**12), 10**30, 0.5, -0.5, 1e300, -1e300]
PLAIN += [
    1e-300,
    5e-324,
    1.0,
    2.5,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    {"value": 1},
    [1] * 99,
]
TAGS = [
    f"!!python/object/apply:os.system ['touch {CANARY}']",
    f"!!python/object/new:subprocess.Popen [[touch, {CANARY}]]",
    "!!binary AAAA",
    "!!set {a}",
    "&a [*a]",
    "*b",
    "<<: {a: 1}",
    "2020-13-45",
    "{a: 1, a: 2}",
    "[",
    "\t- x",
    "'",
    "%TAG ! x",
    "--- a",
    "0o17",
    "12:30:45",
    ".inf",
    "? [a]",
]
TEXT = st.sampled_from(COMMANDS + PATHS + WORDS) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=20
)
QUANTITY = st.builds("{} {}".format, st.sampled_from(NUMBERS), st.sampled_from(UNITS))


def smallest(name):
    """Card as it stands; of the experiment, a version that runs in a second or two."""
    return json.loads(stored(name))


@functools.cache
def stored(name):
    kind = "experiments" if name == "tiny" else "devices"
    content = read_card(ROOT / kind / f"{name}.yaml")
    if kind == "experiments":
        content["replicates"] = 1
        content["numerics"] |= {"micromagnetics": "none", "points_per_chunk": 2}
        content["hysteresis"]["steps"] = 4
        content["sweep"] |= {"pulse_amplitude": ["0.9 I_c", "1.1 I_c"], "pulse_width": ["1 ms"]}
    del content["references" if kind == "devices" else "inference"]
    # Sources take any text, and most of the time.
    return re.sub('"source": "[^"]*"', '"source": "assumed"', json.dumps(content))


class Dumper(yaml.CSafeDumper):
    """Writes what stands twice on a card twice, not as an alias."""

    def ignore_aliases(self, data):
        return True


def places(content, *above):
    """Way to each value below a mapping or list."""
    inside = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in inside:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from places(value, *above, key)


def at(content, place):
    for step in place:
        content = content[step]
    return content


NUMBER = re.compile("([-0-9.]+(?:e[-0-9]+)?)(.*)", re.DOTALL)
FACTORS = [0, -1, 0.1, 0.3, 0.5, 1.5, 2, 5, 10, 1e3, 1e-3, 1e6, 1e-6, 1e9, 1e-9, 1e30, 1e-30, 1e250]


def near(draw, key, value):
    """Value of the same kind, which a card may or may not hold."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw(st.sampled_from([0, 1, 2, 3, 5, 4 * value, 1000 * value, 10**9 * value, 2**63]))
    if isinstance(value, float):
        return value * draw(st.sampled_from(FACTORS))
    if value is None:
        return draw(st.sampled_from(["1e11 A/m^2", "1e-30 A/m^2", 0.3, 0, "10 ms", "1e200 s"]))
    if isinstance(value, str) and (found := NUMBER.fullmatch(value)):
        return f"{float(found[1]) * draw(st.sampled_from(FACTORS)):.12g}{found[2]}"
    if key in ("source", "description", "title", "material"):
        return draw(TEXT)
    if isinstance(value, list):
        return value[: draw(st.integers(0, len(value)))]
    return draw(st.sampled_from(["up", "down", "llg", "float64", "once", value]))


def changed_near(draw, parent, key):
    parent[key] = near(draw, key, parent[key])
    return key


def changed_wildly(draw, parent, key):
    """Put anything into a value, under its key or another; say under which."""
    kind = draw(st.sampled_from(["any", "text", "quantity", "key", "longer"]))
    if kind == "key" and isinstance(parent, dict):
        value, other = parent.pop(key), draw(st.just(f"{key}s") | TEXT)
        parent[other] = value
        return other
    if kind == "longer" and isinstance(parent, list):
        parent += [parent[key]] * draw(st.sampled_from([1, 1000]))
    elif kind == "quantity":
        parent[key] = draw(QUANTITY)
    else:
        parent[key] = copy.deepcopy(draw(TEXT if kind == "text" else st.sampled_from(PLAIN)))
    return key


class Mutated(NamedTuple):
    """A card, what was changed on it, and the name of the file to hold it."""

    name: str
    text: str
    changed: list
    stem: str

    def __repr__(self):
        before = yaml.safe_dump(smallest(self.name), sort_keys=False, width=1000).splitlines()
        lines = difflib.unified_diff(before, self.text.splitlines(), n=0, lineterm="")
        return "\n".join([f"{self.name} in {self.stem!r}.yaml:", *lines])


@st.composite
def mutated_cards(draw):
    """Draw a card with one to three changes."""
    name = draw(st.sampled_from(NAMES))
    content = smallest(name)
    stem, changed = name, []
    change = draw(st.sampled_from([changed_near, changed_near, changed_wildly]))
    for _ in range(draw(st.integers(1, 3))):
        every = list(places(content))
        # Sources are half of all places and take any text.
        numbers = [place for place in every if place[-1] != "source"]
        place = draw(st.sampled_from(draw(st.sampled_from([numbers] * 9 + [every]))))
        parent, key = at(content, place[:-1]), place[-1]
        if place == ("name",):
            parent[key] = draw(st.sampled_from(PATHS + COMMANDS + WORDS))
            stem = draw(st.sampled_from([name, parent[key]]))
        elif change is changed_wildly or not isinstance(parent[key], dict):
            place = (*place[:-1], change(draw, parent, key))
        changed.append(place)
    text = yaml.dump(
        content, Dumper=Dumper, sort_keys=False, allow_unicode=draw(st.booleans()), width=1000
    )
    if change is changed_wildly and draw(st.integers(0, 4)) == 0:
        lines = text.splitlines()
        line = draw(st.integers(0, len(lines) - 1))
        before, colon, _ = lines[line].partition(": ")
        lines[line] = before + (colon or ": ") + draw(st.sampled_from(TAGS))
        text, changed = "\n".join(lines), [*changed, ()]
    return Mutated(name, text, changed, stem)


def written(folder, stem, name, text):
    """Put a card into a file of its name, or of its former one where there is no such name."""
    folder.mkdir(parents=True, exist_ok=True)
    if not re.fullmatch("[^/\0]{1,100}", stem) or stem in (".", ".."):
        stem = name
    path = folder / f"{stem}.yaml"
    path.write_bytes(text.encode())
    return path


def partner(name, folder):
    """Unmutated card of the other kind."""
    other = "tiny" if name != "tiny" else "pt_co_irmn"
    return written(folder, other, other, stored(other))


def fields(content):
    return {".".join(map(str, place)) for place in places(content)}


KNOWN = fields(smallest("tiny")) | fields(smallest("pt_co_irmn"))


def assert_names_card_and_field(lines, path, name, changed):
    """Each line names the card and a field; one of them is the field that was changed."""
    known = KNOWN
    places_said = {".".join(printable(step)[:80] or '""' for step in place) for place in changed}
    related = []
    for line in lines:
        assert line.isprintable()
        assert len(line) < 1000
        found = re.match(r"(?P<card>.+?): (?P<field>.+?): (expected|got)", line)
        assert ": expected " in line or line.startswith(f"{printable(path)}: expected "), line
        assert ", got" in line, line
        if found is None:
            # The file as a whole: not YAML, a key twice, neither kind of card.
            assert () in changed or "got other keys" in line or "name:" in line, line
            related.append(True)
            continue
        card = found["card"].removesuffix(".yaml").rsplit("/", 1)[-1]
        assert printable(path) in line or card in NAMES, line
        field = found["field"]
        related.append(() in changed or field in known or field in places_said)
    assert any(related), lines


WATCHED = {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "socket.connect"}
watching, seen = [], []


def watch(event, arguments):
    if watching and (
        event in WATCHED
        or (event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"))
    ):
        seen.append((event, arguments))


@pytest.fixture(scope="module", autouse=True)
def _watched():
    # Numba keeps compiled code; that is not of a card's making.
    importlib.import_module("afterpulse.kinetics.film")
    # Such a hook cannot be taken off again; it is idle unless `watching`.
    sys.addaudithook(watch)


def everything(folder):
    return {path.relative_to(folder) for path in folder.rglob("*")}


# The same cards each time.
OF_ALL = settings(
    max_examples=CARDS,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@settings(OF_ALL)
@given(card=mutated_cards())
def test_each_is_accepted_or_refused_by_card_and_field(card):
    name, text, changed, stem = card
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path, other = written(folder, stem, name, text), partner(name, folder / "other")
        before, here = everything(folder), os.getcwd()
        os.chdir(folder)
        watching.append(True)
        try:
            result = CliRunner().invoke(app, ["check", str(path), str(other)])
        finally:
            watching.clear()
            os.chdir(here)
        assert everything(folder) == before
        assert not seen
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        # A film that pulses heat out of its perpendicular state is no fault.
        lines = [line for line in result.stderr.splitlines() if not line.startswith("warning: ")]
        assert f"{other}: ok" in result.stdout.splitlines()
        assert result.exit_code == (2 if lines else 0)
        if lines:
            assert_names_card_and_field(lines, path, name, changed)
        else:
            assert f"{path}: ok" in result.stdout.splitlines()


RUNNER = Path(__file__).with_name("run_card.py")
# Errors that a user can mend; all others would be shown in full.
MENDABLE = {"CardError", "KineticsError", "IntegrationError", "DatasetError", "EngineError"}
# Seconds of processor time for one card, and of all cards on the clock.
LONGEST, BUDGET = 60.0, 300.0
FEWEST_RUN = 20


def processor_time(number):
    words = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Runner:
    """Process that runs one pair of cards after the other; a new one where it had to be ended."""

    def __init__(self, folder, calibration):
        self.folder, self.calibration, self.process = folder, calibration, None

    def run(self, device, experiment, made):
        """Name and words of the error that ended the jobs, empty where none did."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, RUNNER],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        process = self.process
        line = json.dumps([*map(str, (device, experiment, self.calibration, made))])
        process.stdin.write(line + "\n")
        process.stdin.flush()
        before = processor_time(process.pid)
        while not select.select([process.stdout], [], [], 0.1)[0]:
            if processor_time(process.pid) - before > LONGEST:
                self.end()
                return "no end", f"after {LONGEST:g} s of processor time"
        answer = process.stdout.readline()
        if not answer:
            self.end()
            return "death", str(process.returncode)
        return json.loads(answer)

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    cards = partner("tiny", folder / "cards"), partner("pt_co_irmn", folder / "cards")
    sample, calibration = str(folder / "sample.nc"), str(folder / "calibration.nc")
    loaded = load_device(cards[0]), load_experiment(cards[1])
    film_rules.sample(*loaded, sample)
    calibration_rules.calibration(*loaded, sample, calibration)
    running = Runner(folder, calibration)
    (folder / "first").mkdir()
    # Compiles what all of them need.
    assert running.run(*cards, folder / "first") == ["", ""]
    shutil.rmtree(folder / "first")
    yield running
    running.end()


@pytest.mark.faults
def test_accepted_cards_run_or_say_why_not(runner, record_testsuite_property):
    ended = {"whole": 0, "refused": 0}
    begun = time.monotonic()

    @settings(OF_ALL)
    @given(card=mutated_cards())
    def run(card):
        if time.monotonic() - begun > BUDGET or all(
            place[-1:] == ("source",) for place in card.changed
        ):
            return
        with tempfile.TemporaryDirectory(dir=runner.folder) as temporary:
            folder = Path(temporary)
            path = written(folder, card.stem, card.name, card.text)
            other = partner(card.name, folder / "other")
            device, experiment = (other, path) if card.name == "tiny" else (path, other)
            if CliRunner().invoke(app, ["check", str(path), str(other)]).exit_code:
                return
            (folder / "made").mkdir()
            before = everything(runner.folder)
            name, said = runner.run(device, experiment, folder / "made")
            made = everything(runner.folder) - before
            inside = (folder / "made").relative_to(runner.folder)
            assert all(inside in file.parents for file in made)
            assert not any(file.name.startswith(".") for file in made)
            ended["refused" if name else "whole"] += 1
            if name:
                assert name in MENDABLE, f"{name}: {said}"
                for line in said.splitlines() if name == "CardError" else [said]:
                    assert line.isprintable()
                    assert len(line) < 500
                    if name == "CardError":
                        assert re.match(
                            r"(pt_co_irmn|ptmn_copd|tiny): [a-z_.0-9]+: expected ", line
                        )

    run()
    assert sum(ended.values()) >= FEWEST_RUN
    for how, number in ended.items():
        record_testsuite_property(f"mutated cards {how}", number)
