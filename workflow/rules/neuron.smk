# The memory cell for spiking networks: random trains on the kinetics, a chunk a job, and the fit of
# the cell to them.
PROTOCOL_FILES = [f"{{base}}/protocols/{name}.nc" for name in NEURON_PROTOCOLS]
PROTOCOL_CELL_FILES = [
    f"{{base}}/protocols/cell/{name}.nc" for name in NEURON_PROTOCOLS
]
if experiment.memory_cell is not None:
    TARGETS += [cell_files, "{base}/cell.nc", *PROTOCOL_FILES, *PROTOCOL_CELL_FILES]
    TABLES += ["cell", "protocols", "energy"]


use rule job as neuron_trains with:
    input:
        sample="{base}/sample.nc",
        calibration=rules.calibration.output[0],
    output:
        "{base}/neuron/{part}.nc",
    log:
        "{base}/logs/neuron/{part}.log",
    resources:
        **needs(60),
    params:
        **cards("neuron.neuron_trains"),
        replicates=replicates_of,
        chunk=lambda wildcards: cell_chunks(*BASES[wildcards.base])[wildcards.part],


use rule job as cell with:
    input:
        training=lambda wildcards: cell_files(wildcards.base, "training"),
        held_out=lambda wildcards: cell_files(wildcards.base, "held_out"),
        others=lambda wildcards: cell_files(wildcards.base, "device"),
    output:
        dataset="{base}/cell.nc",
        table="{base}/cell.csv",
    log:
        "{base}/logs/cell.log",
    resources:
        **needs(120, 4000),
    params:
        **cards("neuron.cell"),


# With all mechanisms of the card, and without each.
use rule job as protocol with:
    input:
        sample="{base}/sample.nc",
        calibration=rules.calibration.output[0],
    output:
        "{base}/protocols/{neuron_protocol}.nc",
    log:
        "{base}/logs/protocols/{neuron_protocol}.log",
    resources:
        **needs(120),
    params:
        **cards("neuron.protocol"),


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
        **cards("neuron.protocols"),


use rule job as energy with:
    output:
        "{base}/energy.csv",
    log:
        "{base}/logs/energy.log",
    params:
        **cards("neuron.energy"),
