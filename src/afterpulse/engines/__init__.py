"""LLG engines by the name that an experiment card gives them; each is one small file."""

from importlib import import_module

from afterpulse.engines.engine import Driven, Engine, EngineError, EngineKilled, EngineMissing

__all__ = ["Driven", "Engine", "EngineError", "EngineKilled", "EngineMissing", "engine_of"]


def engine_of(name: str) -> Engine:
    """Take the engine of a card.

    Parameters
    ----------
    name : str
        As the card gives it. What it is written on takes seconds to import, which only a job
        that drives it pays.

    Returns
    -------
    Engine
        ``drive`` of the module of that name.
    """
    drive: Engine = import_module(f"{__name__}.{name}").drive
    return drive
