"""The list of runs: find, open, compare, resume, cancel, delete; live while one is active."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import streamlit as st

from app.components import run_list
from app.components.amounts import size
from app.components.badges import LOOKS
from app.components.errors import show_error
from app.components.person import person
from app.components.words import plain
from app.train import address, rows
from ghost_engine.errors import GhostError
from ghost_engine.jobs import control
from ghost_engine.jobs.queue import in_line
from ghost_engine.jobs.reading import find_run, list_runs
from ghost_engine.jobs.records import Run, State
from ghost_engine.training.digest import Shelf, bytes_of, delete_run
from ghost_engine.training.start import KIND

PAGE_RUNS = 50
TICK_SECONDS = 3.0
TOLD_SECONDS = 10.0
MOST_COMPARED = 6
NAMED = 5

Order = Literal["newest", "eval_loss", "score", "valid_share"]
_ORDERS: dict[Order, str] = {
    "newest": "Newest first",
    "eval_loss": "Lowest validation loss",
    "score": "Highest score",
    "valid_share": "Most SQL that runs",
}
_HEADS = [{"title": title, "hint": hint} for title, _, hint in rows.NUMBERS.values()] + [
    {"title": "Time", "hint": "At work, without the time between attempts"},
    {"title": "Peak", "hint": "The most memory that the run reserved on the card"},
]


@dataclass
class Choice:
    """What this session has marked, and what it is asked; `round` counts Python's own changes."""

    picked: list[str] = field(default_factory=list)
    round: int = 0
    deleting: tuple[str, ...] = ()
    notice: str = ""
    error: GhostError | None = None
    told: float = 0.0


def draw() -> None:
    """Draws the list, or what to do while there is none."""
    choice = _choice()
    runs = list_runs(kind=KIND)
    if not runs:
        _draw_empty(choice)
        return
    live = any(run.active for run in runs)
    st.fragment(_draw_list, run_every=TICK_SECONDS if live else None)(live)
    if choice.deleting:
        title = "Delete this run?" if len(choice.deleting) == 1 else "Delete these runs?"
        st.dialog(title, on_dismiss=_leave)(_ask_delete)(choice)


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """What is known of the runs in this process."""
    return Shelf()


def found(runs: Sequence[Run], text: str, states: Sequence[State]) -> list[Run]:
    """Those in one of these states (any, if none) whose name, id or tags hold every word."""
    words = text.lower().split()
    chosen = [run for run in runs if not states or run.state in states]
    if not words:
        return chosen
    said = {run.id: " ".join((run.id, run.job.name, *shelf().tags(run))).lower() for run in chosen}
    return [run for run in chosen if all(word in said[run.id] for word in words)]


def ordered(runs: Sequence[Run], order: Order) -> list[Run]:
    """Newest first, or the best first; runs without that number come last."""
    if order == "newest":
        return list(runs)
    sign = 1 if order == "eval_loss" else -1
    values = {run.id: shelf().metrics(run).get(order) for run in runs}

    def place(run: Run) -> tuple[bool, float]:
        value = values[run.id]
        return value is None, 0.0 if value is None else sign * value

    return sorted(runs, key=place)


def _choice() -> Choice:
    choice: Choice = st.session_state.setdefault("history", Choice())
    return choice


def _draw_empty(choice: Choice) -> None:
    _draw_notice(choice)
    st.subheader("Runs", anchor=False)
    st.markdown(
        "No run yet. Choose a preset above and start it: it goes on by itself, and is listed here "
        "with its curves and numbers for as long as you keep it."
    )


def _draw_list(was_live: bool) -> None:
    choice, runs = _choice(), list_runs(kind=KIND)
    choice.picked = [run.id for run in runs if run.id in set(choice.picked)]
    if was_live != any(run.active for run in runs) or not runs:
        st.rerun()  # begins to tick, or ends it
    _draw_notice(choice)
    chosen = _draw_tools(choice, runs)
    if not chosen:
        st.caption("No run is like that. Clear the search, or choose other states.")
        return
    pages = -(-len(chosen) // PAGE_RUNS)
    start = (min(st.session_state.get("history-page", 1), pages) - 1) * PAGE_RUNS
    line = in_line(runs)
    asked = run_list.draw(
        [rows.row(run, shelf().digest(run), line) for run in chosen[start : start + PAGE_RUNS]],
        _HEADS,
        key="history-list",
        picked=choice.picked,
        round_=choice.round,
        on_pick=lambda ids: setattr(choice, "picked", ids),
    )
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.pagination(pages, key="history-page")
            st.caption(f"{start + 1} to {min(start + PAGE_RUNS, len(chosen))} of {len(chosen):,}")
    if asked.open:
        address.open_run(asked.open)
    if asked.act:
        _act(choice, asked.act)
        st.rerun()


def _draw_notice(choice: Choice) -> None:
    """What came of the last click, for some ticks; where nothing ticks, until the next click."""
    if time.monotonic() - choice.told > TOLD_SECONDS:
        choice.error, choice.notice = None, ""
    if choice.error is not None:
        show_error(choice.error, "the list of runs")
    elif choice.notice:
        st.caption(f":material/check: {plain(choice.notice)}")


def _draw_tools(choice: Choice, runs: Sequence[Run]) -> list[Run]:
    """The line above the list; the runs that it leaves, in its order."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="history-bar"):
        st.subheader("Runs", anchor=False, width="content")
        text = st.text_input(
            "Search", placeholder="Name, id or tag", label_visibility="collapsed", width=220
        )
        there = [state for state in get_args(State) if any(run.state == state for run in runs)]
        states = st.multiselect(
            "States",
            there,
            placeholder="All states",
            format_func=lambda state: LOOKS[state].word,
            label_visibility="collapsed",
            width=220,
        )
        order: Order = st.selectbox(
            "Order",
            list(_ORDERS),
            format_func=lambda each: _ORDERS[each],
            label_visibility="collapsed",
            width=200,
        )
        _draw_buttons(choice, runs)
    return ordered(found(runs, text, states), order)


def _draw_buttons(choice: Choice, runs: Sequence[Run]) -> None:
    picked = [run for run in runs if run.id in choice.picked]
    active = any(run.active for run in picked)
    count = f" {len(picked)}" if picked else ""
    st.space("stretch")
    if st.button(
        f"Compare{count if len(picked) > 1 else ''}",
        icon=":material/compare_arrows:",
        key="history-compare",
        disabled=not 2 <= len(picked) <= MOST_COMPARED,
        help=f"Mark two to {MOST_COMPARED} runs: their curves, settings and numbers side by side",
    ):
        address.open_compare(run.id for run in reversed(picked))
    if st.button(
        f"Delete{count}",
        icon=":material/delete:",
        key="history-delete",
        disabled=not picked or active,
        help="A run at work or in line cannot be deleted: stop or cancel it first"
        if active
        else "Mark the runs to delete; you are asked once more",
    ):
        choice.deleting = tuple(run.id for run in picked)
        st.rerun()


def _act(choice: Choice, run_id: str) -> None:
    """Resumes or cancels a run, whichever its row offered."""

    def act() -> str:
        run = find_run(run_id)
        name = run.job.name or run.id
        if run.state in ("queued", "preparing"):
            control.stop(run)
            return f"{name} is out of the line. It can be resumed."
        control.resume(run, by=person())
        return f"{name} goes on."

    _told(choice, act)


def _told(choice: Choice, act: Callable[[], str]) -> None:
    choice.notice, choice.error, choice.told = "", None, time.monotonic()
    try:
        choice.notice = act()
    except GhostError as error:
        choice.error = error


def _leave() -> None:
    _choice().deleting = ()


def _ask_delete(choice: Choice) -> None:
    wanted = [run for run in list_runs(kind=KIND) if run.id in choice.deleting]
    total = sum(bytes_of(run) for run in wanted)
    noun = "run" if len(wanted) == 1 else "runs"
    st.markdown(
        f"**{len(wanted)} {noun}, {size(total)}**: checkpoints, adapter, curves and notes. "
        "There is no way back."
    )
    named = [f"- {plain(run.job.name or run.id)}" for run in wanted[:NAMED]]
    more = [f"- and {len(wanted) - NAMED} more"] if len(wanted) > NAMED else []
    st.markdown("\n".join(named + more))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep", key="history-keep"):
            _leave()
            st.rerun()
        if st.button(
            f"Delete {len(wanted)} {noun}",
            type="primary",
            icon=":material/delete:",
            key="history-really",
            disabled=not wanted,
        ):
            _told(choice, lambda: _delete(wanted, total))
            choice.picked, choice.round = [], choice.round + 1
            _leave()
            st.rerun()


def _delete(runs: Sequence[Run], total: int) -> str:
    for run in runs:
        delete_run(run)
    noun = "run" if len(runs) == 1 else "runs"
    return f"Deleted {len(runs)} {noun}, {size(total)}."
