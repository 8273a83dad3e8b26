"""LLG engines by the name that an experiment card gives them; each is one small file."""

from afterpulse.timeline.engines import embedded, mumax3, oommf
from afterpulse.timeline.engines.engine import Driven, Engine, EngineError

ENGINES: dict[str, Engine] = {
    "embedded": embedded.drive,
    "oommf": oommf.drive,
    "mumax3": mumax3.drive,
}

__all__ = ["ENGINES", "Driven", "Engine", "EngineError"]
