from types import SimpleNamespace

import numpy as np
import pytest

from afterpulse.cards.experiment import Mechanisms
from afterpulse.kinetics.state import State
from afterpulse.timeline.llg_schedule import LlgStep
from afterpulse.timeline.llg_stage import heat_step


@pytest.mark.parametrize("names", [("thermal_spin_torque",), ("afm_viscosity",)])
@pytest.mark.parametrize("density", [0.0, 3e11])
def test_spin_current_over_an_edge_balances_the_energy(names, density, device_card):
    device = device_card(
        {
            "thermal_spin_torque.conversion": "-0.05 A/W",
            "heat_path.upper_heat_fraction": 0.2,
            "heat_path.upper_heat_capacity": "4 MJ/m^3/K",
            "heat_path.heated_thickness": "5 nm",
            "spin_hall_layer.resistivity": "20 uohm*cm",
            "antiferromagnet.thickness": "5 nm",
        },
        stages=[("4e-7 K*m^2/W", "10 ns")],
    )
    state = State(np.ones(1, np.int8), np.ones(1, np.int8), np.array([7.0]), 0.0)
    bench = SimpleNamespace(device=device, mechanisms=lambda point: Mechanisms(names))
    current = density * device.conducting_area / device.spin_hall_layer.current_fraction.value
    duration, power = 5e-9, density**2 * 2e-7 * 5e-9
    step = LlgStep(duration, 10, 1.0)
    edge = heat_step(bench, SimpleNamespace(state=state, point=None), current, step)
    steady = 4e-7 * power
    warming = (steady - 7.0) * (1 - np.exp(-0.5))
    assert state.rise == pytest.approx([7.0 + warming])
    flux = 0.2 * power - 0.02 * warming / duration
    acts = "thermal_spin_torque" in names
    assert edge.spin_current == pytest.approx(-0.05 * flux * acts)
