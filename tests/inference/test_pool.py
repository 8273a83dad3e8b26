import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from afterpulse.inference.bank import Measurement, simulate_bank
from afterpulse.inference.pool import simulate_banks

ROOT = Path(__file__).parents[2]
DELAYS = np.array([1e-3, 1e-1, 10.0])


@pytest.mark.slow
def test_banks_of_a_pool_are_those_of_one_process(device_card, experiment_card, made_calibration):
    device = device_card()
    experiment = experiment_card({"applied_field": ["-5 mT", "0 mT", "0 mT"]})
    pulses = [(0.9 * device.critical_current, 1e-4)]
    chosen = [("afm_viscosity",), ("afm_viscosity", "thermal_spin_torque")]
    banks, fractions = [], []
    measurement = Measurement(device, experiment, made_calibration, pulses, DELAYS)
    simulate_banks(measurement, chosen, 2, 2, banks.append, lambda done, _: fractions.append(done))
    assert [bank.mechanisms for bank in banks] == chosen
    assert fractions == [0.25, 0.5, 0.75, 1.0]
    for bank in banks:
        alone = simulate_bank(measurement, bank.mechanisms, 2)
        np.testing.assert_array_equal(bank.change, alone.change)
        np.testing.assert_array_equal(bank.drawn, alone.drawn)
        np.testing.assert_array_equal(bank.rise, alone.rise)


SCRIPT = """
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import os
from afterpulse.inference.pool import settle
if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn"), settle) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""


@pytest.mark.slow
def test_processes_end_with_a_parent_that_was_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment
    )
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    for _ in range(50):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the process outlives its parent")
