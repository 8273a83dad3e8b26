"""The command ``afterpulse``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from afterpulse.cards import CardError, DeviceCard, Experiment, check_pair, load_card
from afterpulse.cli import options
from afterpulse.cli.train import train
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


@contextmanager
def exit_on(*errors: type[Exception]) -> Iterator[None]:
    """Print the message of an expected error and exit with code 2."""
    try:
        yield
    except errors as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error


@app.command()
def check(
    cards: Annotated[
        list[Path], typer.Argument(metavar="CARD...", help="Cards, or folders of cards.")
    ],
) -> None:
    """Check device and experiment cards, alone and each device with each experiment."""
    # Importing Numba takes a second, which other commands do not need.
    from afterpulse.cards.load import treatment_temperatures
    from afterpulse.cards.variants import variants
    from afterpulse.timeline.hottest import hottest_temperature, perpendicular_warning
    from afterpulse.timeline.protocol import points

    faults: list[str] = []
    warnings: dict[str, None] = {}
    devices: list[Device] = []
    experiments: list[tuple[Experiment, Path]] = []
    for path in cards:
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not files:
            faults.append(f"{path}: expected a folder with cards (*.yaml), got none")
        for file in files:
            try:
                card = load_card(file)
                if isinstance(card, DeviceCard):
                    devices.append(Device.of(card))
            except CardError as error:
                faults.extend(error.faults)
                continue
            typer.echo(f"{file}: ok")
            if isinstance(card, Experiment):
                experiments.append((card, file.parent))
    if not devices and any(experiment.vary is not None for experiment, _ in experiments):
        typer.echo("vary was not checked: give a device card as well")
    for device in devices:
        for experiment, folder in experiments:
            try:
                check_pair(device, experiment)
                for pair in [
                    (device, experiment),
                    *(made[:2] for made in variants(device, experiment, folder).values()),
                ]:
                    hottest = hottest_temperature(pair[0], points(*pair))
                    hottest = max(hottest, *treatment_temperatures(pair[1]).values(), 0.0)
                    warning = perpendicular_warning(pair[0], pair[1].name, hottest)
                    if warning is not None:
                        warnings[warning] = None
            except CardError as error:
                faults.extend(error.faults)
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(2)


@app.command()
def fit(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...", help="Files of the Hall voltage, or a folder; see docs/measured.md."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="CSV file with file, amplitude and width, also start and temperature."),
    ] = None,
    pulses: options.Pulses = None,
    pulse_start: Annotated[str | None, typer.Option(help='Start of a single pulse: "1 s".')] = None,
    pulse_width: Annotated[
        str | None, typer.Option(help='Width of a single pulse: "1 ms".')
    ] = None,
    pulse_amplitude: Annotated[
        str | None, typer.Option(help='Amplitude of a single pulse: "2 mA" or "8e11 A/m^2".')
    ] = None,
    time_column: options.TimeColumn = None,
    column: options.Columns = None,
    repeats: options.Repeats = False,
    read_current: options.ReadCurrent = None,
    skip: options.Skip = None,
    probe: Annotated[str, typer.Option(help="Delay at which the fits begin.")] = "500 ms",
    at: Annotated[str, typer.Option(help="Delay of the fraction retained.")] = "10 s",
    origin: Annotated[
        str, typer.Option(help="Time after the end of the pulse from which all delays count.")
    ] = "0 s",
    until: Annotated[str | None, typer.Option(help="Last delay of the fits.")] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            help='Samples before the pulse that count, on the file\'s clock: "0 s to 5 s".'
        ),
    ] = None,
    drift: Annotated[
        bool, typer.Option("--drift", help="Add a linear drift to the models.")
    ] = False,
    device: Annotated[
        Path | None,
        typer.Option(help="Device card, to identify active mechanisms (takes minutes)."),
    ] = None,
    experiment: Annotated[
        Path | None, typer.Option(help="Experiment card of the measurement, with `inference`.")
    ] = None,
    cores: Annotated[
        int | None, typer.Option(min=1, help="Number of processes; all cores by default.")
    ] = None,
    output: options.Output = None,
) -> None:
    """Fit the decay of measured Hall voltages and identify the mechanisms that are active."""
    from afterpulse import datasets, measured
    from afterpulse.cli import fitting
    from afterpulse.cli.cores import usable_cores
    from afterpulse.measured import folder as folders
    from afterpulse.measured.runs import Run, find_files
    from afterpulse.measured.summary import file_table, model_table
    from afterpulse.measured.units import CURRENT, LATER, POSITIVE_TIME, parsed, parsed_window

    paths = list(files or ())
    source = table or (paths[0] if paths else Path("files"))
    folder = folders.beside(source) if output is None else output
    try:
        current = None if read_current is None else parsed(read_current, CURRENT, "--read-current")
        request = fitting.Request(
            measured.Selection(time_column, column or (), repeats, current, skip),
            parsed(probe, POSITIVE_TIME, "--probe"),
            parsed(at, POSITIVE_TIME, "--at"),
            measured.FitOptions(
                float("inf") if until is None else parsed(until, POSITIVE_TIME, "--until"),
                None if baseline is None else parsed_window(baseline, "--baseline"),
                drift,
                parsed(origin, LATER, "--origin"),
            ),
        )
        single = [pulse_start, pulse_width, pulse_amplitude]
        traces = find_files(paths, [path for path in (table, pulses) if path is not None])
        several = table is not None or traces != paths or len(traces) != 1
        missing: dict[Path, str] = {}
        if table is not None:
            runs, missing = fitting.runs_of(traces, table, pulses, single)
        elif traces:
            pulses_of_each = fitting.pulses_of(str(source), pulses, single)
            runs = [Run(trace, pulses_of_each) for trace in traces]
        else:
            raise measured.TraceError("afterpulse fit", "files, a folder or --table", "none")
        if experiment is not None and device is None:
            raise measured.TraceError("--experiment", "a device card with it, --device", "none")
        if device is not None and several:
            raise measured.TraceError("--device", "a single file", "several")
        folders.check_folder(folder)
        if several:
            processes = cores or usable_cores()
            fits, failures = fitting.fit_runs(
                runs, missing, source.name or "files", request, folder, processes
            )
            for reason in failures.values():
                typer.echo(reason, err=True)
            if fits is None:
                raise typer.Exit(2)
            count = fits.sizes["file"]
            words = f"{count} {'file' if count == 1 else 'files'} fitted, {len(failures)} not"
            show(words, file_table(fits))
        else:
            samples = measured.read_trace(traces[0], request.selection)
            on_clock = measured.on_clock(pulses_of_each, samples)
            question = None
            if device is not None:
                # Importing Numba takes a second, which fits alone do not need.
                from afterpulse.inference.question import question_of

                question = question_of(samples, on_clock, device, experiment)
            fits, summaries = fitting.fit_file(samples, on_clock, request, folder)
            show(f"read: {samples.attrs['columns']}")
            for index, lines in enumerate(summaries):
                show(*lines, model_table(fits.isel(pulse=index)))
            if question is None:
                from afterpulse.figures import decay_page

                decay_page.write(summaries, folder)
            else:
                from afterpulse.figures import fit_page
                from afterpulse.inference import in_words
                from afterpulse.inference.support import infer_support

                posterior = infer_support(question, folder, cores or usable_cores())
                warning = fit_page.write(question, posterior, summaries, folder)
                show(*question.words, "", *in_words(posterior, question.device))
                if warning:
                    typer.echo(f"warning: {warning}", err=True)
    except (CardError, measured.TraceError, datasets.DatasetError) as error:
        typer.echo(error, err=True)
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


app.command()(train)


def show(*lines: object) -> None:
    """Print lines and tables without any interpretation of their text."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    for line in lines:
        console.print(line)


@app.command()
def plan(
    device: Annotated[Path, typer.Argument(help="Device card.")],
    experiment: Annotated[Path, typer.Argument(help="Experiment card.")],
) -> None:
    """Estimate points, jobs, core hours and disk space of an experiment from a short timing."""
    import pandas as pd

    from afterpulse.cards import load_experiment
    from afterpulse.cards.variants import variants
    from afterpulse.datasets import DatasetError
    from afterpulse.device import load_device
    from afterpulse.engines import EngineError
    from afterpulse.timeline.cost import cost_summary, cost_table, costs, measure
    from afterpulse.timeline.plan import plan as planned
    from afterpulse.timeline.plan import read_plan

    with exit_on(CardError, DatasetError, EngineError):
        cards = load_device(device), load_experiment(experiment)
        check_pair(*cards)
        results = Path("results") / cards[0].name / cards[1].name
        folders = {
            results / "variants" / name: varied[:2]
            for name, varied in variants(*cards, experiment.parent).items()
        } or {results: cards}
        tables = []
        for folder, pair in folders.items():
            earlier = read_plan(folder / "plan.csv") if (folder / "plan.csv").exists() else None
            table = planned(*pair, earlier)
            files = folder.as_posix() + "/trajectories/" + table["chunk"] + ".nc"
            tables.append(table.assign(done=[Path(file).exists() for file in files]))
        table = pd.concat(tables, ignore_index=True)
        left = table[~table["done"]]
        estimate = costs(cards[1], left, measure(*cards)) if len(left) else None
    if len(folders) > 1:
        typer.echo(f"{len(folders)} variants")
    jobs = table["chunk"].nunique()
    typer.echo(f"{len(table)} points in {jobs} jobs, {len(table) - len(left)} points done")
    if estimate is not None:
        show(cost_table(estimate))
        typer.echo(cost_summary(estimate))


@app.command()
def status(
    results: Annotated[Path, typer.Argument(help="results/<device>/<experiment>")],
    watch: Annotated[
        bool, typer.Option("--watch", help="Update until all points are done.")
    ] = False,
) -> None:
    """Show the progress of an experiment, from any terminal or machine."""
    import time

    from rich.live import Live

    from afterpulse.cli.results import status_table
    from afterpulse.datasets import DatasetError

    with exit_on(DatasetError):
        table, done = status_table(results)
        if not watch:
            show(table)
            return
        with Live(table, refresh_per_second=1) as live:
            while not done:
                time.sleep(5)
                table, done = status_table(results)
                live.update(table)


@app.command()
def claims(
    results: Annotated[list[Path], typer.Argument(help="results/<device>/<experiment>")],
) -> None:
    """Print the verdicts on the paper's claims as a table in Markdown."""
    import pandas as pd

    from afterpulse.datasets import DatasetError
    from afterpulse.decay.claims import markdown

    with exit_on(DatasetError):
        for folder in results:
            if not (folder / "claims.csv").is_file():
                raise DatasetError(
                    f"{folder}/claims.csv: expected the verdicts of an experiment with `claims`, "
                    "got no such file"
                )
        tables = [pd.read_csv(folder / "claims.csv") for folder in results]
    typer.echo(markdown(pd.concat(tables)), nl=False)


@app.command()
def repro(
    results: Annotated[Path, typer.Argument(help="results/<device>/<experiment>")],
    points: Annotated[int, typer.Option(min=1, help="Number of randomly selected points.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the selection.")] = 0,
) -> None:
    """Compute randomly selected points again and compare every bit with the stored data."""
    from afterpulse.datasets import DatasetError
    from afterpulse.engines import EngineError
    from afterpulse.kinetics.segment import KineticsError
    from afterpulse.timeline.reproduction import reproduce

    with exit_on(CardError, DatasetError, EngineError, KineticsError):
        differences = reproduce(results, points, seed)
    for name, different in differences.items():
        typer.echo(f"{name}: {'differs in ' + ', '.join(different) if different else 'equal'}")
    if any(differences.values()):
        raise typer.Exit(1)


@app.command()
def unlock() -> None:
    """Remove the lock of a killed run in this folder, if its process is gone."""
    from afterpulse.workflow.lock import LockedError, remove_stale_locks

    with exit_on(LockedError):
        if remove_stale_locks():
            typer.echo("removed the lock of a run that was killed")


@app.command()
def doctor() -> None:
    """List available engines, cores, accelerators and cluster, and how to install the others."""
    from afterpulse.cli.machine import examine

    for finding in examine():
        mark = "yes" if finding.available else "no"
        typer.echo(f"{finding.name:16} {mark:4} {finding.detail}")


def main() -> None:
    """Run the command line."""
    app()
