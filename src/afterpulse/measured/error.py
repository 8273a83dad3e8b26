"""Error for a measured file that cannot be used."""

from afterpulse.cards.quantity import printable


class TraceError(Exception):
    """Measured trace, or its pulses, that cannot be used.

    The message is one line, "place: expected ..., got ...".

    Parameters
    ----------
    place : str
        File, with line and column if there are any; or an option of the command line.
    expected, got : object
        Expectation and finding.

    Attributes
    ----------
    reason : str
        The message without the place.
    """

    def __init__(self, place: str, expected: object, got: object) -> None:
        # Messages of libraries have several lines, and a path may contain any character.
        self.reason = printable(" ".join(f"expected {expected}, got {got}".split()))
        super().__init__(f"{printable(place)}: {self.reason}")
