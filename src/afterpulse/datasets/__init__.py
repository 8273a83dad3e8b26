"""Reading and writing of everything that is stored, with names and units."""

from afterpulse.datasets.cards import attributes, card_text, card_time, save, write_card
from afterpulse.datasets.files import (
    LAYOUT,
    LIBRARIES,
    OutdatedError,
    opened,
    read,
    reading,
    stored_chunk,
    version,
    write,
)
from afterpulse.datasets.magnetisation import discretised
from afterpulse.datasets.names import VARIABLES, label
from afterpulse.datasets.repeats import repeat_coordinates, sample_means
from afterpulse.datasets.whole_files import DatasetError, host_name, is_alive, whole

__all__ = [
    "LAYOUT",
    "LIBRARIES",
    "VARIABLES",
    "OutdatedError",
    "DatasetError",
    "attributes",
    "card_text",
    "card_time",
    "discretised",
    "host_name",
    "is_alive",
    "label",
    "opened",
    "read",
    "reading",
    "repeat_coordinates",
    "sample_means",
    "save",
    "stored_chunk",
    "version",
    "whole",
    "write",
    "write_card",
]
