"""The command ``afterpulse train``."""

from pathlib import Path
from typing import Annotated

import typer

from afterpulse.cli import options


def train(
    trace: Annotated[
        Path,
        typer.Argument(help="File of the Hall voltage along a train, or results/.../trains/*.nc."),
    ],
    pulses: options.Pulses = None,
    time_column: options.TimeColumn = None,
    column: options.Columns = None,
    repeats: options.Repeats = False,
    read_current: options.ReadCurrent = None,
    skip: options.Skip = None,
    mechanism_set: Annotated[
        str | None, typer.Option(help="Active mechanisms of a simulated train.")
    ] = None,
    probe: Annotated[
        str | None, typer.Option(help="Delay of the readings; by default before the next pulse.")
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(help='Samples before the first pulse, on the file\'s clock: "0 s to 5 s".'),
    ] = None,
    resistance: Annotated[
        str | None, typer.Option(help='Resistance that the pulses heat, for energies: "1 kohm".')
    ] = None,
    output: options.Output = None,
) -> None:
    """Analyse the LTP and LTD curves of a measured or simulated pulse train."""
    import numpy as np

    from afterpulse import datasets, measured
    from afterpulse.cli import exit_on, show
    from afterpulse.measured import folder as folders
    from afterpulse.measured.train import read_simulated_train, train_readings
    from afterpulse.measured.units import (
        CURRENT,
        POSITIVE_RESISTANCE,
        POSITIVE_TIME,
        parsed,
        parsed_window,
    )

    with exit_on(measured.TraceError, datasets.DatasetError):
        folder = folders.beside(trace, "train") if output is None else output
        delay = None if probe is None else parsed(probe, POSITIVE_TIME, "--probe")
        ohms = None
        if resistance is not None:
            ohms = parsed(resistance, POSITIVE_RESISTANCE, "--resistance")
        window = None if baseline is None else parsed_window(baseline, "--baseline")
        current = None if read_current is None else parsed(read_current, CURRENT, "--read-current")
        folders.check_folder(folder, "train")
        if pulses is not None and mechanism_set is not None:
            expected = "a simulated train, without --pulses"
            raise measured.TraceError("--mechanism-set", expected, "a measured train")
        if pulses is None:
            if time_column or column or repeats or read_current or skip is not None:
                expected = "the pulses of a measured train, since options choose its columns"
                raise measured.TraceError("--pulses", expected, "none")
            samples, given = read_simulated_train(trace, mechanism_set)
        else:
            selection = measured.Selection(
                time_column, column or (), repeats, current, skip, command="train"
            )
            given = measured.read_pulses(pulses)
            samples = measured.read_trace(trace, selection)
            given = measured.on_clock(given, samples)
        readings = train_readings(samples, given, delay, window, ohms)
        # SciPy's statistics and Matplotlib take seconds to import, which invalid input does not
        # need.
        from afterpulse.figures import style, weight_update
        from afterpulse.measured.curves import printed_table, with_curves

        curves = with_curves(readings)
        folders.write_train(curves, folder, str(trace))
        figure = style.new_figure(4.6, width=2 * style.COLUMN)
        weight_update.draw(curves, figure)
        style.save(figure, folder / folders.CURVE_FIGURE)
    show(f"read: {samples.attrs['columns']}")
    show(f"{len(given)} pulses, read {float(curves['reading_delay']):g} s after each")
    if "pulse_energy" in curves:
        energies = [f"{energy:.3g}" for energy in np.unique(curves["pulse_energy"])]
        show(f"energy of a pulse: {' to '.join(dict.fromkeys([energies[0], energies[-1]]))} J")
    show(printed_table(curves))
    typer.echo(f"written to {folder}")
