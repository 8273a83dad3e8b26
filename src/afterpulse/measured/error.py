"""What is said of a measured file that cannot be used."""

from afterpulse.cards.quantity import printable


class TraceError(Exception):
    """A measured trace, or its pulses, that cannot be used.

    Its text is one line, "file: place: expected ..., got ...".

    Parameters
    ----------
    place : str
        File, with the line and the column where there are any.
    expected, got : object
        What was expected there, and what was found.

    Attributes
    ----------
    reason : str
        The line without the place.
    """

    def __init__(self, place: str, expected: object, got: object) -> None:
        # Libraries say what they dislike in several lines, and a path may hold anything.
        found = " ".join(f"expected {expected}, got {got}".split())
        self.reason = printable(found)
        super().__init__(f"{printable(place)}: {self.reason}")
