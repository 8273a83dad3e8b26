"""Sections of the experiment card about memory cells and networks of them."""

from typing import Annotated

from pydantic import Field, Strict

from afterpulse.cards import quantity as q
from afterpulse.cards.fields import Card, Count, Filled, Several


class MemoryCell(Card):
    """A memory cell for spiking networks, read off random pulse trains on the kinetics."""

    pulses: Several = 12
    """Pulses of each random train."""
    training_trains: Several = 128
    """Trains for the fit."""
    training_replicates: Several = 2
    """Repeats of each of these trains."""
    held_out_trains: Several = 24
    """Trains for the test of the fit."""
    held_out_replicates: Several = 8
    """Repeats of each of these trains."""
    devices: Several = 4
    """Further random films, for the spread between devices."""
    device_trains: Several = 8
    """Trains on each of these films, with `training_replicates` repeats."""
    protocol_replicates: Several = 16
    """Repeats of each neuron protocol, on the device and on the cell."""
    reservoir_inputs: Annotated[int, Strict(), Field(ge=60, le=100_000)] = 200
    """Random inputs of the reservoir whose memory is measured."""


class Network(Card):
    """Networks of memory cells, beside others of the same size."""

    neurons: Several = 32
    """Neurons of a network on the small tasks."""
    epochs: Count = 60
    """Passes of the training on the small tasks."""
    mnist_neurons: Several = 128
    """Neurons of a network on MNIST, trained if the configuration names the file of MNIST."""
    mnist_epochs: Count = 20
    """Passes of the training on MNIST."""
    mnist_wait: q.PositiveTime
    """Time from the end of a pulse to the reading and to the next pulse, on MNIST."""
    seeds: Several = 5
    """Networks of each kind, with their own first weights, batches, noise and devices."""
    pulse_width: q.PositiveTime
    """Width of all pulses."""
    waits: Filled[q.PositiveTime]
    """Such times on the small tasks; each has networks of its own."""
    levels: Several = 20
    """Levels of amplitude of one polarity."""
    largest_amplitude: Annotated[float, Strict(), Field(gt=0, le=1.1)] = 1.0
    """Largest amplitude over the critical current."""
    leak: q.PositiveTime
    """Time constant of the ideal leaky neurons."""
