"""LLG engines by their names on the experiment card, one module each."""

from importlib import import_module

from afterpulse.engines.engine import Driven, Engine, EngineError, EngineKilled, EngineMissing

__all__ = ["Driven", "Engine", "EngineError", "EngineKilled", "EngineMissing", "engine_of"]


def engine_of(name: str) -> Engine:
    """Import an engine, which takes seconds, and return its ``drive``."""
    drive: Engine = import_module(f"{__name__}.{name}").drive
    return drive
