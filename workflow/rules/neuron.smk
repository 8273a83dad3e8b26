# The memory cell for spiking networks: random trains on the kinetics, a chunk a job, and the fit of
# the cell to them.


use rule job as neuron_trains with:
    input:
        sample=rules.sample.output[0],
        calibration=rules.calibration.output[0],
    output:
        "{base}/neuron/{part}.nc",
    log:
        "{base}/logs/neuron/{part}.log",
    resources:
        **needs(60),
    params:
        **CARDS,
        content=of_content("trajectories"),
        asked=lambda wildcards: asked_of_trains(wildcards),
        chunk=lambda wildcards: cell_chunks(*BASES[wildcards.base])[wildcards.part],


use rule job as cell with:
    input:
        training=cell_files("training"),
        held_out=cell_files("held_out"),
        others=cell_files("device"),
    output:
        dataset="{base}/cell.nc",
        table="{base}/cell.csv",
    log:
        "{base}/logs/cell.log",
    resources:
        **needs(120, 4000),
    params:
        **CARDS,
        content=of_content("all"),


# With all mechanisms of the card, and without each.
use rule job as protocol with:
    input:
        sample=rules.sample.output[0],
        calibration=rules.calibration.output[0],
    output:
        "{base}/protocols/{neuron_protocol}.nc",
    log:
        "{base}/logs/protocols/{neuron_protocol}.log",
    resources:
        **needs(120),
    params:
        **CARDS,
        content=of_content("all"),


use rule job as protocols with:
    input:
        cell=rules.cell.output.dataset,
        simulated=PROTOCOL_FILES,
    output:
        of_cell=PROTOCOL_CELL_FILES,
        table="{base}/protocols.csv",
    log:
        "{base}/logs/protocols.log",
    resources:
        **needs(60, 4000),
    params:
        **CARDS,
        content=of_content("all"),


use rule job as energy with:
    output:
        "{base}/energy.csv",
    log:
        "{base}/logs/energy.log",
    params:
        **CARDS,
        content=of_content("all"),
