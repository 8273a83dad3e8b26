"""A Slurm cluster of two nodes on the loopback, without systemd, for as long as the tests."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun")
NODES = ("first", "second")

CONFIGURATION = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={controller}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
# A node may have another number of cores than this machine.
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
MinJobAge=86400
SlurmctldTimeout=600
SlurmdTimeout=600
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
NodeName=first NodeHostname=localhost NodeAddr=127.0.0.1 Port={first} CPUs=1 RealMemory=8000
NodeName=second NodeHostname=localhost NodeAddr=127.0.0.1 Port={second} CPUs=1 RealMemory=8000
PartitionName=all Nodes=first,second Default=YES MaxTime=INFINITE State=UP
"""


def missing():
    """What a cluster needs and this machine lacks."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    lacks = [name for name in (*DAEMONS, *COMMANDS) if shutil.which(name, path=path) is None]
    return lacks + ["the account root"] * (os.geteuid() != 0)


def free_ports(count):
    """Ports of the loopback that nothing listens to."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    """Commands of a running cluster.

    Attributes
    ----------
    environment : dict
        With `SLURM_CONF`, for a process that talks to the cluster.
    """

    def __init__(self, environment):
        self.environment = environment

    def __call__(self, *command):
        """Run a command of Slurm and return what it prints."""
        return subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout

    def tasks(self):
        """All jobs there have been, array tasks one by one: id, state, node, times, comment."""
        form = (
            "ArrayJobID:40,ArrayTaskID:20,State:20,NodeList:20,StartTime:30,EndTime:30,Comment:80"
        )
        told = self("squeue", "--array", "--states=all", "--noheader", f"--Format={form}")
        return [
            {
                "id": line[:40].strip()
                + ("" if line[40:60].strip() == "N/A" else f"_{line[40:60].strip()}"),
                "state": line[60:80].strip(),
                "node": line[80:100].strip(),
                "start": line[100:130].strip(),
                "end": line[130:160].strip(),
                "comment": line[160:240].strip(),
            }
            for line in told.splitlines()
        ]


def wait_until(condition, patience, what):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {patience} s"
        time.sleep(1)


def start(folder):
    """Start all daemons in the foreground; return them and the environment for commands."""
    controller, first, second = free_ports(3)
    (folder / "state").mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(
            host=socket.gethostname().split(".")[0],
            user="root",
            folder=folder,
            controller=controller,
            first=first,
            second=second,
        )
    )
    # The plugin takes SLURM_CONF from its job steps, which a cluster's nodes do without.
    srun = folder / "bin/srun"
    srun.parent.mkdir()
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={configuration} exec {shutil.which("srun")} "$@"\n')
    srun.chmod(0o755)
    environment = {
        **os.environ,
        "SLURM_CONF": str(configuration),
        "PATH": f"{srun.parent}:{os.environ['PATH']}:/usr/sbin:/sbin",
    }
    munged = [
        *("munged", "--foreground", f"--key-file={key}", f"--socket={folder}/munge.socket"),
        *(f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log"),
        f"--seed-file={folder}/munged.seed",
    ]
    daemons = []
    try:
        for command in (
            munged,
            ["slurmctld", "-D", "-c"],
            *(["slurmd", "-D", "-N", n] for n in NODES),
        ):
            daemons.append(
                subprocess.Popen(
                    command,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=(folder / "daemons.log").open("a"),
                    start_new_session=True,
                )
            )
            if command is munged:
                wait_until((folder / "munge.socket").exists, 60, "socket of munge")
    except BaseException:
        stop(daemons)
        raise
    return daemons, environment


def stop(daemons):
    """Stop daemons, the last one started first."""
    for daemon in reversed(daemons):
        daemon.terminate()
        try:
            daemon.wait(timeout=60)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def processes_with(text):
    """Numbers of living processes with a text in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                if text.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def killed(processes):
    """Kill processes that may end meanwhile; return them."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return processes


@pytest.fixture(scope="session")
def cluster():
    """Two nodes of one core each that take jobs."""
    if lacks := missing():
        pytest.skip(f"no Slurm to start here, it lacks {', '.join(lacks)}")
    # Sockets have short paths. Munge wants folders that only root can write to, or a sticky bit.
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    daemons = []
    # A test run that is terminated ends as one that is interrupted: by what stands below.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        daemons, environment = start(folder)
        running = Cluster(environment)
        wait_until(
            lambda: running("sinfo", "-N", "-h", "-o", "%T").split() == ["idle"] * len(NODES),
            120,
            "idle nodes",
        )
        yield running
    finally:
        if daemons:
            subprocess.run(
                ["scancel", "--user=root"],
                env={**os.environ, "SLURM_CONF": str(folder / "slurm.conf")},
                timeout=60,
                check=False,
            )
        stop(daemons)
        # Job steps and jobs outlive their daemon; all have the folder in their environment.
        wait_until(lambda: not killed(processes_with(str(folder))), 60, "end of all jobs")
        shutil.rmtree(folder)
        signal.signal(signal.SIGTERM, before)
