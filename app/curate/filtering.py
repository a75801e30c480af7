"""The queue's filters and order: drawn, read, and said in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from app.curate.desk import TO_DECIDE, Desk, follow, take_typed
from app.curate.words import RUNS_WORDS, SORT_WORDS, STATUS_WORDS, problem_title
from ghost_engine.data.records import STATUSES, Counts, Filters, Status
from ghost_engine.data.store import Store

Choice = tuple[Status, ...]
CHOICES: dict[str, Choice] = {
    "To decide": ("new", "postponed"),
    **{STATUS_WORDS[status]: (status,) for status in STATUSES},
    "All": (),
}


def draw(store: Store, desk: Desk, counts: Counts) -> None:
    """Draws the search field and the filters behind their button."""
    _seed(desk)
    with st.container(key="finder", horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.text_input(
            "Find",
            key=f"find-{desk.session}",
            placeholder="Find in the SQL",
            icon=":material/search:",
            label_visibility="collapsed",
            on_change=_filter,
            args=(store, desk),
        )
        with st.popover(
            "", icon=":material/filter_list:", help=_said(desk.filters), type=_kind(desk)
        ):
            _choices(store, desk, counts)


def _kind(desk: Desk) -> Any:
    plainly = Filters(statuses=desk.filters.statuses, text=desk.filters.text)
    return "primary" if desk.filters != plainly else "secondary"


def _said(filters: Filters) -> str:
    return f"Filter and sort. Now: {describe(filters)}"


def describe(filters: Filters) -> str:
    """The filters in words."""
    named = next((name for name, each in CHOICES.items() if each == filters.statuses), None)
    parts = [named or ", ".join(STATUS_WORDS[status] for status in filters.statuses)]
    if isinstance(filters.executes, bool):
        parts.append(RUNS_WORDS[filters.executes].lower())
    parts += [problem_title(code) for code in filters.problems]
    parts += [*filters.providers, *filters.domains]
    if filters.text:
        parts.append(f"with “{filters.text}”")
    return ", ".join(parts)


def _seed(desk: Desk) -> None:
    """The widgets begin with what the desk filters on, after a reload or another page too."""
    filters, key = desk.filters, desk.session
    named = next((n for n, each in CHOICES.items() if each == filters.statuses), "All")
    begin: dict[str, Any] = {
        "find": filters.text,
        "status": named,
        "runs": filters.executes if isinstance(filters.executes, bool) else None,
        "problems": list(filters.problems),
        "providers": list(filters.providers),
        "domains": list(filters.domains),
        "sort": desk.sort,
    }
    for name, value in begin.items():
        st.session_state.setdefault(f"{name}-{key}", value)


def _choices(store: Store, desk: Desk, counts: Counts) -> None:
    key = desk.session
    st.selectbox(
        "Status",
        list(CHOICES),
        key=f"status-{key}",
        format_func=lambda name: f"{name} ({_count(counts, CHOICES[name]):,})",
        on_change=_filter,
        args=(store, desk),
    )
    st.segmented_control(
        "PostgreSQL",
        [True, False],
        format_func=lambda runs: RUNS_WORDS[runs],
        key=f"runs-{key}",
        on_change=_filter,
        args=(store, desk),
    )
    for label, name, tally, now in (
        ("Problem", "problems", counts.problems, desk.filters.problems),
        ("Provider", "providers", counts.providers, desk.filters.providers),
        ("Domain", "domains", counts.domains, desk.filters.domains),
    ):
        if tally or now:
            st.multiselect(
                label,
                list(dict.fromkeys((*tally, *now))),
                format_func=partial(_option, name, tally),
                key=f"{name}-{key}",
                on_change=_filter,
                args=(store, desk),
            )
    st.selectbox(
        "Order",
        list(SORT_WORDS),
        format_func=lambda sort: SORT_WORDS[sort],
        key=f"sort-{key}",
        on_change=_filter,
        args=(store, desk),
    )
    st.button("Clear the filters", on_click=_clear, args=(store, desk))


def _option(name: str, tally: Mapping[str, int], value: str) -> str:
    title = problem_title(value) if name == "problems" else value or "(none)"
    return f"{title} ({tally.get(value, 0):,})"


def _count(counts: Counts, statuses: Choice) -> int:
    if not statuses:
        return counts.total
    return sum(counts.statuses.get(status, 0) for status in statuses)


def _filter(store: Store, desk: Desk) -> None:
    """Takes every filter's widget over."""
    take_typed(store, desk)
    state, key = st.session_state, desk.session
    desk.filters = Filters(
        statuses=CHOICES[state[f"status-{key}"]],
        executes=state[f"runs-{key}"],
        problems=tuple(state[f"problems-{key}"]),
        providers=tuple(state[f"providers-{key}"]),
        domains=tuple(state[f"domains-{key}"]),
        text=state[f"find-{key}"],
    )
    desk.sort = state[f"sort-{key}"]
    desk.page = 0
    follow(store, desk)


def _clear(store: Store, desk: Desk) -> None:
    for name in ("find", "status", "runs", "problems", "providers", "domains"):
        del st.session_state[f"{name}-{desk.session}"]
    desk.filters = TO_DECIDE
    _seed(desk)
    _filter(store, desk)
