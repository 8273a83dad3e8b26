# The memory cell for spiking networks: random trains on the kinetics, a chunk a job, and the fit of
# the cell to them.


rule neuron_trains:
    input:
        sample=rules.sample.output[0],
        calibration=rules.calibration.output[0],
    output:
        "{base}/neuron/{part}.nc",
    log:
        "{base}/logs/neuron/{part}.log",
    benchmark:
        "{base}/benchmarks/neuron/{part}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("neuron_trains"),
    params:
        **CARDS,
        content=of_content("trajectories"),
        asked=lambda wildcards: asked_of_trains(wildcards),
        chunk=lambda wildcards: cell_chunks(*BASES[wildcards.base])[wildcards.part],
    script:
        "../scripts/neuron_trains.py"


rule cell:
    input:
        training=cell_files("training"),
        held_out=cell_files("held_out"),
        others=cell_files("device"),
    output:
        dataset="{base}/cell.nc",
        table="{base}/cell.csv",
    log:
        "{base}/logs/cell.log",
    benchmark:
        "{base}/benchmarks/cell.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("cell"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/cell.py"


# With all mechanisms of the card, and without each.
rule protocol:
    input:
        sample=rules.sample.output[0],
        calibration=rules.calibration.output[0],
    output:
        "{base}/protocols/{neuron_protocol}.nc",
    log:
        "{base}/logs/protocols/{neuron_protocol}.log",
    benchmark:
        "{base}/benchmarks/protocols/{neuron_protocol}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("protocol"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/protocol.py"


rule protocols:
    input:
        cell=rules.cell.output.dataset,
        simulated=PROTOCOL_FILES,
    output:
        answers=PROTOCOL_CELL_FILES,
        table="{base}/protocols.csv",
    log:
        "{base}/logs/protocols.log",
    benchmark:
        "{base}/benchmarks/protocols.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("protocols"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/protocols.py"


rule energy:
    output:
        "{base}/energy.csv",
    log:
        "{base}/logs/energy.log",
    benchmark:
        "{base}/benchmarks/energy.tsv"
    conda:
        ENVIRONMENT
    resources:
        **request("energy"),
    params:
        **CARDS,
        content=of_content("all"),
    script:
        "../scripts/energy.py"
