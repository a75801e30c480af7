"""Whom to ask, about which screenshots, and how fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.annotate import machine
from app.annotate.order import Order
from app.components.words import marked, plain
from app.curate.words import STATUS_WORDS
from app.playground import engines
from ghost_engine.annotate.config import GEMINI
from ghost_engine.data.records import Counts

NOT_APPROVED = ("new", "postponed", "needs_work", "rejected")
_RUNS: dict[str, bool | None] = {"Any": None, "Fails": False, "Runs": True}


def draw_provider(order: Order) -> None:
    """The engine, its model, and whether it can be asked."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        names = [name for name in engines.names() if engines.find(name) is not None]
        key = "annotate-provider"
        st.selectbox(
            "Ask",
            names,
            index=names.index(order.provider) if order.provider in names else 0,
            format_func=_title,
            key=key,
            width=230,
            on_change=order.choose_provider,
            args=(key,),
        )
        engine = engines.find(order.provider)
        if engine is not None and engine.forms:
            _draw_models(order)
    _draw_standing(order)


def draw_filters(order: Order, counts: Counts) -> None:
    """Which screenshots."""
    st.markdown("**Which screenshots**")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _many(order, "statuses", "State", NOT_APPROVED, STATUS_WORDS, counts.statuses)
        domains = [each for each in counts.domains if each]
        if domains:
            _many(order, "domains", "Domain", domains, {}, counts.domains, "All")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        key = "annotate-executes"
        st.segmented_control(
            "Its SQL now",
            list(_RUNS),
            default=next(word for word, each in _RUNS.items() if each is order.executes),
            required=True,
            key=key,
            on_change=_take_runs,
            args=(order, key),
        )
        _number(order, "limit", "At most", "all of them", "The oldest are asked about first.")
        key = "annotate-again"
        st.checkbox(
            "Also those that it has answered",
            value=order.again,
            key=key,
            on_change=order.take,
            args=("again", key),
            help="A second draft of the same engine, beside the first.",
        )


def draw_limits(order: Order) -> None:
    """How fast and how often the engine may be asked."""
    st.markdown("**How fast**")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _number(order, "concurrency", "Calls at once", "", "At work at the same moment.", (1, 64))
        _number(order, "per_minute", "Calls a minute", "no limit", _limit_words(order))
        _number(order, "per_day", "Calls a day", "no limit", "From the engine's own midnight.")
    with st.expander("More", icon=":material/tune:", key="annotate-more"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _number(
                order, "tokens_per_minute", "Tokens a minute", "no limit", "Asked and answered."
            )
            _number(order, "tokens_per_day", "Tokens a day", "no limit", "In and out.")
            _number(
                order,
                "samples",
                "Answers to each",
                "",
                "The one that runs and agrees most with the others is taken; where they differ, a"
                " second one is kept, and Curate shows such examples early.",
                (1, 8),
            )
        key = "annotate-stop-at-quota"
        st.checkbox(
            "Stop when the day's quota is used up, rather than wait for the next day",
            value=order.stop_at_quota,
            key=key,
            on_change=order.take,
            args=("stop_at_quota", key),
        )


def _take_runs(order: Order, key: str) -> None:
    order.executes, order.error = _RUNS[st.session_state[key]], None


def _draw_models(order: Order) -> None:
    models, _ = engines.models(order.provider)
    names = ["", *(model.name for model in models)]
    if order.model not in names:
        names.append(order.model)
    usual = f"Its own choice: {models[0].name}" if models else "Its own choice"
    key = f"annotate-model-{order.provider}"
    st.selectbox(
        "Model",
        names,
        index=names.index(order.model),
        format_func=lambda name: name or usual,
        key=key,
        width=330,
        on_change=order.take,
        args=("model", key),
    )


def _draw_standing(order: Order) -> None:
    """Ready, or the next step."""
    engine = engines.find(order.provider)
    if engine is None:
        return
    ready = engines.standing(order.provider, order.model)
    if ready.ready:
        said = marked(ready.detail)
        st.caption(f":green[:material/check_circle:] Ready: {said}. :gray[{plain(engine.note)}]")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":orange[:material/warning:] {plain(engine.title)} is not ready: "
            f"{marked(ready.detail)}. {marked(ready.next_step)}",
            width="content",
        )
        st.button(
            "Look again",
            key="annotate-look-again",
            type="tertiary",
            icon=":material/refresh:",
            on_click=machine.look_again,
        )


def _title(name: str) -> str:
    engine = engines.find(name)
    title = engine.title if engine else name
    return title if engines.standings()[name].ready else f"{title} (not ready)"


def _limit_words(order: Order) -> str:
    if order.provider != GEMINI:
        return "In any 60 seconds."
    return (
        "In any 60 seconds. A free key usually has 10; yours are at aistudio.google.com/rate-limit."
    )


def _many(
    order: Order,
    name: str,
    title: str,
    options: Sequence[str],
    words: Mapping[Any, str],
    counts: Mapping[Any, int],
    nothing: str = "Choose",
) -> None:
    key = f"annotate-{name}"
    st.multiselect(
        title,
        options,
        default=[each for each in getattr(order, name) if each in options],
        format_func=lambda each: f"{words.get(each, each)} ({counts.get(each, 0):,})",
        key=key,
        placeholder=nothing,
        on_change=order.take,
        args=(name, key),
    )


def _number(
    order: Order,
    name: str,
    title: str,
    nothing: str,
    words: str,
    bounds: tuple[int, int] = (1, 10_000_000),
) -> None:
    """A whole number; empty means `nothing`, if that is said."""
    key = f"annotate-{name}-{order.provider}"
    st.number_input(
        title,
        *bounds,
        value=getattr(order, name),
        key=key,
        placeholder=nothing or None,
        help=words,
        width=180,
        on_change=_take_number,
        args=(order, name, key, bool(nothing)),
    )


def _take_number(order: Order, name: str, key: str, may_be_empty: bool) -> None:
    if st.session_state.get(key) is not None or may_be_empty:
        order.take(name, key)
