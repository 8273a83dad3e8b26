"""A device: its card and all that follows from the card alone."""

from pathlib import Path
from typing import Self

from afterpulse.cards import load
from afterpulse.cards.device import DeviceCard


class Device(DeviceCard):
    """A device card with the quantities that are derived from it."""

    @classmethod
    def of(cls, card: DeviceCard) -> Self:
        """Return the device of a card that is already validated."""
        return cls.model_construct(**{name: getattr(card, name) for name in cls.model_fields})


def load_device(path: str | Path) -> Device:
    """Read a device card.

    Parameters
    ----------
    path : str or Path
        YAML file.

    Returns
    -------
    Device
        With the name of the file.

    Raises
    ------
    afterpulse.cards.CardError
        If the file cannot be read or the card is not valid: a list of all faults.
    """
    return Device.of(load.load_device(path))
