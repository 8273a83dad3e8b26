"""The cards: what a person writes about a device and an experiment."""

from afterpulse.cards.device import DeviceCard
from afterpulse.cards.experiment import Experiment
from afterpulse.cards.load import (
    CardError,
    card_for_engine,
    check_pair,
    load_card,
    load_device,
    load_experiment,
    resolved,
)
from afterpulse.cards.quantity import PulseAmplitude

__all__ = [
    "CardError",
    "DeviceCard",
    "Experiment",
    "PulseAmplitude",
    "card_for_engine",
    "check_pair",
    "load_card",
    "load_device",
    "load_experiment",
    "resolved",
]
