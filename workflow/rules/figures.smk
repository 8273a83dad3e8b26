# Which figures are drawn, and from which datasets.
FIGURES = {
    name: figure for name, figure in ALL_FIGURES.items() if figure.inputs(experiment)
}
TARGETS += [f"{{base}}/{file}" for figure in FIGURES.values() for file in figure.files]


def figure_inputs(base, name):
    """Datasets of a folder that a figure reads; each placeholder stands for all of its values."""
    return expand(
        [f"{base}/{pattern}" for pattern in FIGURES[name].inputs(experiment)],
        first_chunk=planned(base)["chunk"].unique()[:1],
        train=TRAINS,
        held_out_part=[Path(file).stem for file in cell_files(base, "held_out")],
        neuron_protocol=NEURON_PROTOCOLS,
        network_part=NETWORK_PARTS,
    )


def figures_with(*endings):
    """Regular expression that matches the figures with these endings."""
    return "|".join(
        name for name, figure in ALL_FIGURES.items() if figure.endings == endings
    )


def labels(kind):
    """Labels of a figure or table in the report, with its variant if the card has some."""
    return {kind: f"{{{kind}}}"} | ({"variant": "{base}"} if VARIANTS else {})


def drawn():
    """Datasets of each figure by the path of its files without their endings."""
    return {
        f"{base}/{figure.stem}": figure_inputs(base, name)
        for base in BASES
        for name, figure in FIGURES.items()
    }


def refuse_if_missing(wildcards):
    """Stop in one line if a dataset is missing that a figure needs; ask for no input."""
    needed = dict.fromkeys(file for files in drawn().values() for file in files)
    missing = [file for file in needed if not Path(file).exists()]
    if missing:
        refuse(
            f"no figures: {', '.join(missing)} missing; {command(DEFAULTS | config)} computes "
            f"{'them' if len(missing) > 1 else 'it'}"
        )
    return []
