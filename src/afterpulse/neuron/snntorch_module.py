"""The memory cell as an snnTorch neuron; needs the extra ``snntorch``.

The equations are those of `afterpulse.neuron.compact` with PyTorch tensors.
"""

import jax
import numpy as np
import snntorch
import torch

from afterpulse.neuron import compact
from afterpulse.neuron.cell import aged, in_jax, quiet
from afterpulse.neuron.compact import Cell, State


class MemoryCell(snntorch.SpikingNeuron):  # type: ignore[misc]
    """Memory cells of one device card, one for each entry of the input.

    The membrane is the switched fraction of the film, (1 - m_z) / 2 for a device initialised up.
    There is no reset: a device keeps its state.

    Parameters
    ----------
    cell : Cell
        Memory cell; with noise if its number of units is finite.
    width, wait : float
        Width of every pulse, and wait from its end to the reading, a time step of the network (s).
    threshold : float
        Switched fraction above which the neuron fires.
    spike_grad : callable, optional
        Surrogate gradient of snnTorch.
    """

    def __init__(
        self,
        cell: Cell,
        width: float,
        wait: float,
        threshold: float = 0.5,
        spike_grad: object = None,
    ) -> None:
        super().__init__(threshold=threshold, spike_grad=spike_grad, reset_mechanism="none")
        self.width, self.wait = width, wait
        for name, value in zip(Cell._fields, cell, strict=True):
            self.register_buffer(f"cell_{name}", _tensor(value))
        rest = aged(quiet(in_jax(cell)), jax.random.key(0))
        for name, value in zip(State._fields, rest, strict=True):
            self.register_buffer(f"rest_{name}", _tensor(value))

    def init_state(self, shape: tuple[int, ...]) -> State:
        """Return the state of aged devices for an input of a shape."""
        rest = [getattr(self, f"rest_{name}") for name in State._fields]
        return State(*(value.expand(*shape, *value.shape) for value in rest))

    def forward(
        self, amplitude: torch.Tensor, state: State | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, State]:
        """Advance a time step: a pulse, a wait, a reading.

        Parameters
        ----------
        amplitude : torch.Tensor, shape (...,)
            Over the critical current, 0 for no spike.
        state : State, optional
            State before the pulse; by default that of `init_state`.

        Returns
        -------
        spikes, membrane : torch.Tensor, shape (...,)
            1 where the membrane is above the threshold; switched fraction of the film.
        state : State
            State at the reading.
        """
        cell = Cell(*(getattr(self, f"cell_{name}") for name in Cell._fields))
        state = self.init_state(tuple(amplitude.shape)) if state is None else state
        full = torch.ones_like(amplitude)
        segments = (
            (amplitude, compact.pulse_steps(full * self.width, torch)),
            (full * 0.0, compact.wait_steps(full * self.wait, torch)),
        )
        for current, steps in segments:
            for duration in steps:
                deviate = torch.randn_like(state.magnetisation[..., 0])
                state = compact.step(cell, state, current, duration, deviate, torch)
        membrane = (1 - cell.initial_sign * compact.reading(state)) / 2
        return self.fire(membrane), membrane, state


def _tensor(value: object) -> torch.Tensor:
    return torch.as_tensor(np.array(value), dtype=torch.get_default_dtype())
