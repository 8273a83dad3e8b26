import numpy as np
import pytest

from afterpulse.cards.load import resolved
from afterpulse.device import Device
from afterpulse.film.sample import make_sample
from afterpulse.kinetics.film import macrospin
from afterpulse.kinetics.state import initial_state
from afterpulse.timeline import llg_schedule, llg_stage, protocol
from afterpulse.timeline.bench import Bench, Trajectory, store_start

VALUES = {
    "saturation_magnetisation": "1 MA/m",
    "effective_anisotropy": "0.15 MJ/m^3",
    "exchange_stiffness": "12 pJ/m",
    "wall_energy_between_units": "1.5 mJ/m^2",
}


@pytest.mark.parametrize("cell", ["6.25 nm", "12.5 nm"])
def test_hall_voltage_does_not_jump_where_llg_takes_over(device_card, experiment_card, cell):
    # Without scaling to the cell, LLG takes 5 to 20 % off the voltage of this film.
    content = resolved(device_card())
    for name, value in VALUES.items():
        content["ferromagnet"][name] |= {"value": value, "at": "300 K"}
    device = Device.model_validate(content)
    experiment = experiment_card(
        {
            "numerics.window": "200 nm",
            "numerics.cell": cell,
            "numerics.llg_time_step": "350 fs",
            "applied_field": ["0 mT", "0 mT", "0 mT"],
        }
    )
    sample = make_sample(device, experiment, np.random.default_rng(5))
    ground = np.zeros((*sample.unit_index.shape, 3))
    ground[..., 2] = 1.0
    bench = Bench.of_sample(device, experiment, sample, ground, macrospin(device))
    point = protocol.points(device, experiment)[0]
    trajectory = Trajectory(point, initial_state(bench.film, experiment), "quiet")
    store_start(bench, trajectory)
    silent = lambda fraction, line: None  # noqa: E731
    outputs = llg_schedule.edge_outputs(0.25e-9, 0.0, 0.0, 0.0)
    llg_stage.run_stage(bench, [trajectory], [outputs], [0.0], "leading_edge", silent)
    before, during = (rows["anomalous_hall_voltage"] for rows in trajectory.rows)
    assert (trajectory.rows[-1]["unit_state"] == 1).all()
    np.testing.assert_allclose(during, before[0], rtol=0.02)
    np.testing.assert_allclose(during.mean(), before[0], rtol=0.01)
