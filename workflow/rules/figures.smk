# Which figures are drawn, and from which datasets.
DRAWN = {
    name: figure for name, figure in ALL_FIGURES.items() if figure.inputs(experiment)
}
FIGURES = {name: figure for name, figure in DRAWN.items() if not figure.of_variants}
# Beside the folders of variants.
VARIED_FIGURES = {name: figure for name, figure in DRAWN.items() if figure.of_variants}
VARIED = [
    f"{RESULTS}/{file}" for figure in VARIED_FIGURES.values() for file in figure.files
]
CHANGES = {name: changes for name, (*_, changes) in VARIANTS.items()}
TARGETS += [f"{{base}}/{file}" for figure in FIGURES.values() for file in figure.files]


def figure_inputs(base, name):
    """Datasets of a folder that a figure reads; each placeholder stands for all of its values."""
    return expand(
        [f"{base}/{pattern}" for pattern in DRAWN[name].inputs(experiment)],
        first_chunk=planned(base)["chunk"].unique()[:1],
        train=TRAINS,
        held_out_part=[Path(file).stem for file in cell_files(base, "held_out")],
        neuron_protocol=NEURON_PROTOCOLS,
        network_part=NETWORK_PARTS,
    )


def varied_inputs(name):
    """Datasets that a figure of variants reads, in the order of the variants."""
    return [file for base in BASES for file in figure_inputs(base, name)]


def compared(pattern):
    """Files of the variants that are compared as hypotheses, in the order of their roles."""
    bases = [f"{RESULTS}/variants/{name}" for name in ROLES]
    return [file for base in bases for file in expand(pattern, base=base, train=TRAINS)]


def figures_with(*endings):
    """Regular expression that matches the figures with these endings."""
    return "|".join(
        name
        for name, figure in ALL_FIGURES.items()
        if figure.endings == endings and not figure.of_variants
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


def varied():
    """The same for the figures of variants."""
    return {
        f"{RESULTS}/{figure.stem}": varied_inputs(name)
        for name, figure in VARIED_FIGURES.items()
    }


def refuse_if_missing(wildcards):
    """Stop in one line if a dataset is missing that a figure needs; ask for no input."""
    datasets = (drawn() | varied()).values()
    needed = dict.fromkeys(file for files in datasets for file in files)
    missing = [file for file in needed if not Path(file).exists()]
    if missing:
        refuse(
            f"no figures: {', '.join(missing)} missing; {command(DEFAULTS | config)} computes "
            f"{'them' if len(missing) > 1 else 'it'}"
        )
    return []
