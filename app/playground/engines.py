"""What the page knows of the engines: whether each can be asked, with what, and what to call it.

Looked up for all sessions together and kept for seconds: a page is drawn far more often than a
server goes down.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import streamlit as st

from app.running import Ask
from ghost_engine.errors import EngineUnavailable, GhostError
from ghost_engine.inference.protocol import Engine, Form, Model, Readiness, Result
from ghost_engine.inference.registry import AUTO, choose_engine, engines

FORMS: dict[Form, str] = {"sql": "SQL", "json": "Document", "grammar": "SQL by a grammar"}
GET_A_MODEL = (
    "For a model: start Ollama and fetch one (`ollama pull gemma3:4b`), or export one of yours."
)
_KEPT_SECONDS = 10
_AT_ONCE = 8


def names() -> tuple[str, ...]:
    """What can be chosen, the automatic choice first."""
    return (AUTO, *(engine.name for engine in engines()))


def find(name: str) -> Engine | None:
    """The engine of that name; None for "auto"."""
    return next((engine for engine in engines() if engine.name == name), None)


@st.cache_data(ttl=_KEPT_SECONDS, show_spinner=False)
def standings() -> Mapping[str, Readiness]:
    """Every engine's readiness. They are asked at the same time: each may take half a second."""
    all_of_them = engines()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda engine: engine.readiness(), all_of_them))
    return {engine.name: ready for engine, ready in zip(all_of_them, found, strict=True)}


@st.cache_data(ttl=_KEPT_SECONDS, max_entries=32, show_spinner=False)
def standing(name: str, model: str) -> Readiness:
    """Whether this engine can be asked for this model; of "auto", what it would ask."""
    engine = find(name)
    if engine is not None:
        return engine.readiness(model) if model else standings()[name]
    try:
        chosen, own = choose_engine(AUTO, model)
    except EngineUnavailable as error:
        return Readiness(False, error.message.rstrip("."), error.hint)
    return Readiness(True, f"{chosen.title}, {own}" if own else chosen.title)


@st.cache_data(ttl=2 * _KEPT_SECONDS, max_entries=16, show_spinner="Looking for its models")
def models(name: str) -> tuple[tuple[Model, ...], str]:
    """An engine's models, or why nobody knows them."""
    engine = find(name)
    if engine is None or not standings()[name].ready:
        return (), ""
    try:
        return engine.models(), ""
    except GhostError as error:
        return (), str(error)


def look_again() -> None:
    """Forgets what was looked up."""
    for kept in (standings, standing, models):
        kept.clear()


def is_a_model(ask: Ask) -> bool:
    """Whether a model would answer, as far as can be said beforehand."""
    engine = find(ask.engine)
    if engine is not None:
        return bool(engine.forms)
    ready = standing(ask.engine, ask.options.model)
    return any(each.forms and ready.detail.startswith(each.title) for each in engines())


def label(ask: Ask) -> str:
    """What is asked, short."""
    engine = find(ask.engine)
    title = engine.title if engine else "The best engine that is ready"
    return f"{title}, {ask.options.model}" if ask.options.model else title


def result_label(result: Result) -> str:
    """Who answered, short."""
    return f"{result.title}, {result.model}" if result.model else result.title
