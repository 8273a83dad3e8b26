"""The command ``afterpulse``."""

from pathlib import Path
from typing import Annotated

import typer

from afterpulse.cards import CardError, Device, Experiment, check_pair, load_card

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
    from afterpulse.kinetics.film import critical_current_density

    faults: list[str] = []
    devices: list[Device] = []
    experiments: list[Experiment] = []
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
            if isinstance(card, Device):
                devices.append(card)
            else:
                experiments.append(card)
    for device in devices:
        for experiment in experiments:
            try:
                check_pair(device, experiment)
                critical_current_density(device, experiment)
            except CardError as error:
                faults.extend(error.faults)
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(2)


@app.command()
def doctor() -> None:
    """Say which engines, cores, accelerator and cluster there are, and what to do for the rest."""
    from afterpulse.doctor import examine

    for finding in examine():
        mark = "yes" if finding.found else "no"
        typer.echo(f"{finding.what:16} {mark:4} {finding.detail}")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
