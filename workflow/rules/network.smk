# Networks of the memory cell beside others: on small tasks at each wait, those that know no wait,
# and on MNIST a seed a job.
NETWORK_PARTS = []
if experiment.network is not None:
    NETWORK_PARTS += [f"wait_{n}" for n in range(len(experiment.network.waits))]
    NETWORK_PARTS += ["timeless"]
    if "mnist" in config:
        NETWORK_PARTS += [f"mnist_{n}" for n in range(experiment.network.seeds)]
    TABLES += ["networks"]
NETWORK_FILES = [f"{{base}}/networks/{part}.nc" for part in NETWORK_PARTS]
TARGETS += NETWORK_FILES


use rule job as network with:
    input:
        cell=rules.cell.output.dataset,
        mnist=lambda wildcards: (
            [str(config["mnist"])]
            if wildcards.network_part.startswith("mnist")
            else []
        ),
    output:
        "{base}/networks/{network_part}.nc",
    log:
        "{base}/logs/networks/{network_part}.log",
    resources:
        **needs(240, 4000),
    params:
        **cards("neuron.network"),


use rule job as networks with:
    input:
        NETWORK_FILES,
    output:
        "{base}/networks.csv",
    log:
        "{base}/logs/networks.log",
    params:
        **cards("neuron.networks"),
