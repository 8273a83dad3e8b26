"""The command ``afterpulse``."""

from pathlib import Path
from typing import Annotated

import typer

from afterpulse.cards import CardError, DeviceCard, Experiment, check_pair, load_card
from afterpulse.device import Device

app = typer.Typer(
    name="afterpulse",
    help=__doc__,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def afterpulse() -> None:
    """After-pulse dynamics of an AFM/FM Hall bar, from cards to figures."""


@app.command()
def check(
    cards: Annotated[
        list[Path], typer.Argument(metavar="CARD...", help="Cards, or folders of cards.")
    ],
) -> None:
    """Check device and experiment cards, each alone and every device with every experiment."""
    # Numba takes a second to import, which other commands should not pay.
    from afterpulse.cards.variants import variants
    from afterpulse.device.critical_current import critical_current_density

    faults: list[str] = []
    devices: list[Device] = []
    experiments: list[tuple[Experiment, Path]] = []
    for path in cards:
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not files:
            faults.append(f"{path}: expected a folder with cards (*.yaml), got none")
        for file in files:
            try:
                card = load_card(file)
            except CardError as error:
                faults.extend(error.faults)
                continue
            typer.echo(f"{file}: ok")
            if isinstance(card, DeviceCard):
                devices.append(Device.of(card))
            else:
                experiments.append((card, file.parent))
    for device in devices:
        for experiment, folder in experiments:
            try:
                check_pair(device, experiment)
                critical_current_density(device, experiment)
                variants(device, experiment, folder)
            except CardError as error:
                faults.extend(error.faults)
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(2)


@app.command()
def fit(
    trace: Annotated[
        Path, typer.Argument(help="CSV or NetCDF file of the Hall voltage, see docs/measured.md.")
    ],
    pulses: Annotated[Path | None, typer.Option(help="CSV of start, width and amplitude.")] = None,
    pulse_start: Annotated[str | None, typer.Option(help='Of a single pulse: "1 s".')] = None,
    pulse_width: Annotated[str | None, typer.Option(help='Of a single pulse: "1 ms".')] = None,
    pulse_amplitude: Annotated[
        str | None, typer.Option(help='Of a single pulse: "2 mA" or "8e11 A/m^2".')
    ] = None,
    probe: Annotated[str, typer.Option(help="Delay at which the fits begin.")] = "500 ms",
    at: Annotated[str, typer.Option(help="Delay of the fraction retained.")] = "10 s",
    device: Annotated[
        Path | None, typer.Option(help="Device card; tells which mechanisms act, in minutes.")
    ] = None,
    experiment: Annotated[
        Path | None, typer.Option(help="Experiment card with an inference, of the measurement.")
    ] = None,
    cores: Annotated[
        int | None, typer.Option(min=1, help="Processes that simulate; all where not given.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder; beside the trace where it is not given.")
    ] = None,
) -> None:
    """Fit the decay of a measured Hall voltage after each pulse, and tell which mechanisms act."""
    from afterpulse import datasets, measured
    from afterpulse.measured import folder as folders
    from afterpulse.measured.summary import model_table, summary
    from afterpulse.measured.units import POSITIVE_TIME, parsed

    try:
        folder = folders.beside(trace) if output is None else output
        probe_delay = parsed(probe, POSITIVE_TIME, "--probe")
        later_delay = parsed(at, POSITIVE_TIME, "--at")
        single = [pulse_start, pulse_width, pulse_amplitude]
        if pulses is not None and single == [None] * 3:
            given = measured.read_pulses(pulses)
        elif pulses is None and pulse_start and pulse_width and pulse_amplitude:
            given = [measured.parse_pulse(pulse_start, pulse_width, pulse_amplitude)]
        else:
            raise measured.TraceError(
                str(trace),
                "its pulses by --pulses, or by --pulse-start, --pulse-width and --pulse-amplitude",
                "other options",
            )
        if experiment is not None and device is None:
            raise measured.TraceError("--experiment", "a device card with it, --device", "none")
        folders.check_folder(folder)
        read = measured.read_trace(trace)
        question = None
        if device is not None:
            # Numba takes a second to import, which fits alone should not pay.
            from afterpulse.inference.question import question_of

            question = question_of(read, given, device, experiment)
        sweeps, fits = measured.fit_pulses(read, given, probe_delay, later_delay)
        folders.write_fits(fits, folder, str(trace))
        # Matplotlib takes a second to import, which bad input should not pay.
        from afterpulse.figures import measured as drawn
        from afterpulse.figures import style

        for number, sweep in enumerate(sweeps):
            figure = style.new_figure(4.2, width=2 * style.COLUMN)
            drawn.draw(sweep, fits.isel(pulse=number), figure)
            style.save(figure, folder / folders.FIGURE.format(number + 1))
        said = [summary(fits.isel(pulse=n), probe_delay, later_delay) for n in range(len(sweeps))]
        for number, lines in enumerate(said):
            show(*lines, model_table(fits.isel(pulse=number)))
        if question is not None:
            from afterpulse.cli.cores import usable_cores
            from afterpulse.figures import fit_page
            from afterpulse.inference import in_words
            from afterpulse.inference.support import infer_support

            found = infer_support(question, folder, cores or usable_cores())
            fit_page.write(question, found, fits, said, folder)
            show(*question.words, "", *in_words(found, question.device))
    except (measured.TraceError, datasets.DatasetError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error
    except CardError as error:
        for fault in error.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        typer.echo(measured.TraceError(str(folder), "a folder to write to", reason), err=True)
        raise typer.Exit(2) from error
    except (RuntimeError, MemoryError) as error:
        from afterpulse.workflow.process import mendable

        lines = mendable(error)
        if not lines:
            raise
        for line in lines:
            typer.echo(line, err=True)
        raise typer.Exit(1) from error
    typer.echo(f"written to {folder}")


def show(*lines: object) -> None:
    """Print lines and tables as they are, whatever they contain."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    for line in lines:
        console.print(line)


@app.command()
def plan(
    device: Annotated[Path, typer.Argument(help="Device card.")],
    experiment: Annotated[Path, typer.Argument(help="Experiment card.")],
) -> None:
    """Say what an experiment will cost here: points, jobs, core hours and disk, from a timing."""
    from afterpulse.cards import load_experiment
    from afterpulse.datasets import DatasetError
    from afterpulse.device import load_device
    from afterpulse.engines import EngineError
    from afterpulse.timeline.cost import cost_summary, cost_table, costs, measure
    from afterpulse.timeline.plan import plan as planned
    from afterpulse.timeline.plan import read_plan

    try:
        cards = load_device(device), load_experiment(experiment)
        check_pair(*cards)
        folder = Path("results") / cards[0].name / cards[1].name
        earlier = read_plan(folder / "plan.csv") if (folder / "plan.csv").exists() else None
        table = planned(*cards, earlier)
        there = {chunk: (folder / f"trajectories/{chunk}.nc").exists() for chunk in table["chunk"]}
        left = table[~table["chunk"].map(there)]
        found = costs(cards[1], left, measure(*cards)) if len(left) else None
    except (CardError, DatasetError, EngineError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error

    from rich.console import Console

    typer.echo(f"{len(table)} points in {len(there)} jobs, {len(table) - len(left)} points done")
    if found is not None:
        Console(markup=False, highlight=False).print(cost_table(found))
        typer.echo(cost_summary(found))


@app.command()
def status(
    results: Annotated[Path, typer.Argument(help="results/<device>/<experiment>")],
    watch: Annotated[bool, typer.Option("--watch", help="Go on until all is done.")] = False,
) -> None:
    """Say how far an experiment has come; from any terminal, also on another machine."""
    import time

    from rich.console import Console
    from rich.live import Live

    from afterpulse.cli.results import status_table
    from afterpulse.datasets import DatasetError

    try:
        lines, done = status_table(results)
        if not watch:
            Console(markup=False, highlight=False).print(lines)
            return
        with Live(lines, refresh_per_second=1) as shown:
            while not done:
                time.sleep(5)
                lines, done = status_table(results)
                shown.update(lines)
    except DatasetError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error


@app.command()
def repro(
    results: Annotated[Path, typer.Argument(help="results/<device>/<experiment>")],
    points: Annotated[int, typer.Option(min=1, help="How many, chosen at random.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of the choice.")] = 0,
) -> None:
    """Compute a random choice of stored points again and compare every bit."""
    from afterpulse.datasets import DatasetError
    from afterpulse.engines import EngineError
    from afterpulse.kinetics.segment import KineticsError
    from afterpulse.timeline.reproduction import reproduce

    try:
        found = reproduce(results, points, seed)
    except (CardError, DatasetError, EngineError, KineticsError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error
    for name, different in found.items():
        typer.echo(f"{name}: {'differs in ' + ', '.join(different) if different else 'equal'}")
    if any(found.values()):
        raise typer.Exit(1)


@app.command()
def unlock() -> None:
    """Remove the lock of a killed run in this folder, if its process is gone."""
    from afterpulse.workflow.lock import LockedError, remove_stale_locks

    try:
        if remove_stale_locks():
            typer.echo("removed the lock of a run that was killed")
    except LockedError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error


@app.command()
def doctor() -> None:
    """Say which engines, cores, accelerator and cluster there are, and what to do for the rest."""
    from afterpulse.cli.machine import examine

    for finding in examine():
        mark = "yes" if finding.found else "no"
        typer.echo(f"{finding.what:16} {mark:4} {finding.detail}")


def main() -> None:
    """Run the command line."""
    app()
