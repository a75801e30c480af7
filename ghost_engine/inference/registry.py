"""The inference engines this installation has."""

from __future__ import annotations

from functools import lru_cache

from ghost_engine.errors import EngineUnavailable
from ghost_engine.inference.protocol import Engine

AUTO = "auto"


@lru_cache(maxsize=1)
def engines() -> tuple[Engine, ...]:
    """All engines, the best first; whether each can run now, its `readiness` says."""
    from ghost_engine.inference.baseline.engine import BaselineEngine

    return (BaselineEngine(),)


def get_engine(name: str = AUTO) -> Engine:
    """The engine of that name; "auto" is the best one that is ready.

    Raises:
        EngineUnavailable: no engine has that name, or it is not ready here.
    """
    if name == AUTO:
        return _best()
    engine = next((engine for engine in engines() if engine.name == name), None)
    if engine is None:
        known = ", ".join((AUTO, *(engine.name for engine in engines())))
        raise EngineUnavailable(f'There is no engine "{name}".', f"Choose one of: {known}.")
    ready = engine.readiness()
    if not ready.ready:
        raise EngineUnavailable(f"{engine.title} is not ready: {ready.detail}.", ready.next_step)
    return engine


def _best() -> Engine:
    for engine in engines():
        if engine.readiness().ready:
            return engine
    names = ", ".join(engine.title for engine in engines())
    raise EngineUnavailable(f"No engine is ready ({names}).", "Run `ghost doctor`.")
