"""The engine picker: which engine, its model and form, how it is asked, and whether it is ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from app.components.amounts import size
from app.components.words import marked, plain
from app.playground import engines, fetching
from app.playground.address import REPAIRS, SAMPLES, SILENCE, TEMPERATURES
from app.running import Ask
from ghost_engine.inference.protocol import Engine, Form, Model, Options
from ghost_engine.inference.registry import AUTO

Store = Callable[[Ask], None]
OLLAMA = "ollama"


def draw(ask: Ask, store: Store, *, place: str, title: str = "Engine") -> None:
    """Draws the picker in a line, and what is to be known of the choice under it.

    Args:
        store: called with another choice, before the rerun that choosing causes.
        place: names this picker among those of the page.
    """
    engine = engines.find(ask.engine)
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _engine(ask, store, place, title)
            found: tuple[Model, ...] = ()
            trouble = ""
            if engine and engine.forms:
                found, trouble = engines.models(engine.name)
                _model(ask, store, place, found)
                if len(engine.forms) > 1:
                    _form(ask, store, place, engine.forms)
            if engine is None or engine.forms:
                _more(ask, store, place)
        _standing(ask, engine, trouble)
        if ask.engine == OLLAMA and engine is not None and _answers(engine, ask):
            fetching.draw(place)


def _answers(engine: Engine, ask: Ask) -> bool:
    """Whether Ollama runs, so that it can fetch: ready, or it only lacks a model."""
    ready = engines.standing(engine.name, ask.options.model)
    return ready.ready or "ollama pull" in ready.next_step or "vision" in ready.next_step


def _engine(ask: Ask, store: Store, place: str, title: str) -> None:
    ready = engines.standings()

    def named(name: str) -> str:
        engine = engines.find(name)
        if engine is None:
            return "Automatic"
        return engine.title if ready[name].ready else f"{engine.title} (not ready)"

    _select(
        title,
        engines.names(),
        ask.engine,
        lambda name: store(Ask(str(name), _general(ask.options))),
        key=f"{place}-engine",
        width=230,
        format_func=named,
    )


def _general(options: Options) -> Options:
    """What stays when another engine is chosen."""
    return replace(options, model="", form=None)


def _model(ask: Ask, store: Store, place: str, found: tuple[Model, ...]) -> None:
    known = {model.name: model for model in found}
    chosen = ask.options.model
    usual = f"Its own choice: {found[0].name}" if found else "Its own choice"

    def named(name: str) -> str:
        if not name:
            return usual
        if name not in known:
            return f"{name} (not there)"
        model = known[name]
        facts = [size(model.bytes)] if model.bytes else []
        facts += ["text only"] if model.vision is False else []
        return f"{name} ({', '.join(facts)})" if facts else name

    _select(
        "Model",
        ("", *known, *([chosen] if chosen and chosen not in known else [])),
        chosen,
        lambda name: store(replace(ask, options=replace(ask.options, model=str(name)))),
        key=f"{place}-model",
        width=330,
        format_func=named,
    )


def _form(ask: Ask, store: Store, place: str, forms: tuple[Form, ...]) -> None:
    _select(
        "It writes",
        forms,
        ask.options.form or forms[0],
        lambda form: store(
            replace(ask, options=replace(ask.options, form=form if form != forms[0] else None))
        ),
        key=f"{place}-form",
        width=160,
        format_func=lambda form: engines.FORMS[form],
        help="SQL, or a typed document of which the SQL is made: no syntax error is possible. "
        "A model that was trained on SQL writes SQL best.",
    )


def _select(
    title: str,
    options: tuple[Any, ...],
    now: Any,
    store: Callable[[Any], None],
    *,
    key: str,
    **looks: Any,
) -> None:
    """A selectbox that shows what is stored, whoever stored it."""
    st.session_state[key] = now
    st.selectbox(title, options, key=key, on_change=lambda: store(st.session_state[key]), **looks)


def _more(ask: Ask, store: Store, place: str) -> None:
    options = ask.options
    changed = _general(options) != Options()

    def number(name: str, title: str, bounds: tuple[float, float], **looks: Any) -> None:
        key = f"{place}-{name}"
        st.session_state[key] = getattr(options, name)

        def changed() -> None:
            value = st.session_state[key]
            value = getattr(Options(), name) if value is None else value
            store(replace(ask, options=replace(options, **{name: value})))

        st.number_input(title, *bounds, value=None, key=key, on_change=changed, **looks)

    with st.popover("Options", icon=":material/tune:", type="primary" if changed else "secondary"):
        number(
            "temperature",
            "Temperature",
            TEMPERATURES,
            step=0.1,
            placeholder="the engine's own",
            help="0 answers the same every time; more varies more.",
        )
        number(
            "samples",
            "Answers to choose from",
            SAMPLES,
            help="The one that runs and agrees most with the others is taken.",
        )
        number(
            "repairs",
            "Corrections",
            REPAIRS,
            help="How often the model gets its script back with PostgreSQL's errors.",
        )
        number(
            "silence_seconds",
            "Longest silence, in seconds",
            SILENCE,
            step=10.0,
            format="%.0f",
            help="Then it is given up. A large model on a processor needs minutes to begin.",
        )


def _standing(ask: Ask, engine: Engine | None, trouble: str) -> None:
    """Ready or the next step, in a line."""
    ready = engines.standing(ask.engine, ask.options.model)
    if not ready.ready:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            what = f"{engine.title} is not ready" if engine else "Not ready"
            st.markdown(
                f":orange[:material/warning:] {what}: {marked(ready.detail)}. "
                f"{marked(ready.next_step)}",
                width="content",
            )
            st.button(
                "Look again",
                key=f"look-again-{ask.engine}",
                type="tertiary",
                icon=":material/refresh:",
                on_click=engines.look_again,
            )
        return
    said = plain(trouble) or marked(ready.detail)
    if engine is not None:
        st.caption(f":green[:material/check_circle:] Ready: {said} · {plain(engine.note)}")
        return
    more = "" if _has_a_model() else f" {engines.GET_A_MODEL}"
    st.caption(f":green[:material/check_circle:] Asks {said}.{more}")


def _has_a_model() -> bool:
    """Whether any engine of a model is ready; without one, the page says how to get it."""
    ready = engines.standings()
    return any(
        ready[name].ready
        for name in engines.names()
        if name != AUTO and (found := engines.find(name)) and found.forms
    )
