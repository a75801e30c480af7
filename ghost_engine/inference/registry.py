"""The inference engines this installation has, and which of them is asked."""

from __future__ import annotations

from functools import lru_cache

from ghost_engine.errors import EngineError, EngineUnavailable
from ghost_engine.inference.protocol import Engine

AUTO = "auto"
OURS = "ghost-architect"
"""What the models that `ghost export` makes are called; "auto" asks no model of anybody else."""

_FOR_AUTO = ("llamacpp", "ollama", "baseline")
"""The best first. Others cost money or a card, and have to be named."""


@lru_cache(maxsize=1)
def engines() -> tuple[Engine, ...]:
    """All engines, those of "auto" first; whether each can run now, its `readiness` says."""
    from ghost_engine.inference.adapter.engine import AdapterEngine
    from ghost_engine.inference.baseline.engine import BaselineEngine
    from ghost_engine.inference.gemini.engine import GeminiEngine
    from ghost_engine.inference.llamacpp.engine import LlamaCppEngine
    from ghost_engine.inference.ollama.engine import OllamaEngine

    return (LlamaCppEngine(), OllamaEngine(), BaselineEngine(), GeminiEngine(), AdapterEngine())


def get_engine(name: str = AUTO, model: str = "") -> Engine:
    """The engine of that name; "auto" is the best one that is ready.

    Raises:
        EngineUnavailable: no engine has that name, or it is not ready here.
    """
    return choose_engine(name, model)[0]


def choose_engine(name: str = AUTO, model: str = "") -> tuple[Engine, str]:
    """The engine of that name, and the model to ask it for ("" for its own choice).

    With "auto" and a model, the engine that has it; with "auto" alone, the best one that is ready
    and has a model of ours, or needs none.

    Raises:
        EngineUnavailable: no engine has that name or model, or it is not ready here.
    """
    if name == AUTO:
        return _having(model) if model else _best()
    engine = next((engine for engine in engines() if engine.name == name), None)
    if engine is None:
        known = ", ".join((AUTO, *(engine.name for engine in engines())))
        raise EngineUnavailable(f'There is no engine "{name}".', f"Choose one of: {known}.")
    ready = engine.readiness(model)
    if not ready.ready and ready.sure:
        raise EngineUnavailable(f"{engine.title} is not ready: {ready.detail}.", ready.next_step)
    return engine, model


def _best() -> tuple[Engine, str]:
    for engine in _candidates():
        model = _own_model(engine) if engine.forms else ""
        if model is not None and engine.readiness(model).ready:
            return engine, model
    names = ", ".join(engine.title for engine in engines())
    raise EngineUnavailable(f"No engine is ready ({names}).", "Run `ghost doctor`.")


def _having(model: str) -> tuple[Engine, str]:
    for engine in _candidates():
        named = {model, f"{model}:latest"} & set(_models(engine))
        if named and engine.readiness(model).ready:
            return engine, model
    raise EngineUnavailable(
        f'No local engine has a model "{model}" that is ready.', "Name the engine too."
    )


def _candidates() -> list[Engine]:
    found = {engine.name: engine for engine in engines()}
    return [found[name] for name in _FOR_AUTO if name in found]


def _own_model(engine: Engine) -> str | None:
    """The first of its models that came of this workbench."""
    return next((name for name in _models(engine) if OURS in name), None)


def _models(engine: Engine) -> tuple[str, ...]:
    """The names of an engine's models; none where it cannot be asked, which its readiness tells."""
    if not engine.readiness().ready:
        return ()
    try:
        return tuple(model.name for model in engine.models())
    except EngineError:
        return ()
