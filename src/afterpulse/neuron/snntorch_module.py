"""The memory cell as an snnTorch neuron; needs the extra ``snntorch``.

The equations are those of `afterpulse.neuron.compact`, given PyTorch's arrays.
"""

import jax
import numpy as np
import snntorch
import torch

from afterpulse.neuron import compact
from afterpulse.neuron.cell import aged, in_jax, quiet
from afterpulse.neuron.compact import Cell, State


class MemoryCell(snntorch.SpikingNeuron):  # type: ignore[misc]
    """Cells of one device card, one for each entry of the input.

    The membrane is the switched share of the film, (1 - m_z) / 2 for a device that is set up. It
    has no reset: a device keeps what is written.

    Parameters
    ----------
    cell : Cell
        Its parameters; with noise where its number of units is finite.
    width : float
        Of every pulse (s).
    wait : float
        From a pulse's end to the reading, one time step of the network (s).
    threshold : float
        Switched share above which the neuron fires.
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
        """State of devices that were set and left alone, for an input of a shape."""
        rest = [getattr(self, f"rest_{name}") for name in State._fields]
        return State(*(one.expand(*shape, *one.shape) for one in rest))

    def forward(
        self, amplitude: torch.Tensor, state: State | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, State]:
        """One time step: a pulse, a wait, a reading.

        Parameters
        ----------
        amplitude : torch.Tensor, shape (...,)
            Over the critical current, 0 where no spike comes.
        state : State, optional
            Before the pulse; at the start of a sequence that of `init_state`.

        Returns
        -------
        spikes : torch.Tensor, shape (...,)
            1 where the membrane is above the threshold.
        membrane : torch.Tensor, shape (...,)
            Switched share of the film.
        state : State
            When it is read.
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
