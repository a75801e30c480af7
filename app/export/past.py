"""Past exports: open, cancel, resume, delete; live while one is at work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from app.components import run_list
from app.components.amounts import NO_NUMBER, duration, size
from app.components.badges import LOOKS, state_word
from app.components.errors import show_error
from app.components.person import person
from app.components.words import plain
from app.export import address, machine, phases
from app.train.rows import can_resume
from ghost_engine.errors import GhostError
from ghost_engine.export import KIND
from ghost_engine.export.start import config_of, read_result
from ghost_engine.jobs import control
from ghost_engine.jobs.reading import find_run, list_runs
from ghost_engine.jobs.records import Run

TICK_SECONDS = 3.0
SHOWN = 50
_HEADS = [
    {"title": "Proof", "hint": "Whether every check of every file passed"},
    {"title": "Size", "hint": "Of all files that it made"},
    {"title": "Time", "hint": "From start to end"},
    {"title": "Memory", "hint": "The most anonymous memory that it took"},
]


@dataclass
class Choice:
    """What this session has marked, and what it is asked; `round` counts Python's own changes."""

    picked: list[str] = field(default_factory=list)
    round: int = 0
    deleting: tuple[str, ...] = ()
    notice: str = ""
    error: GhostError | None = None


def draw() -> None:
    """Draws the list; nothing while there is none."""
    choice: Choice = st.session_state.setdefault("export-past", Choice())
    runs = list_runs(kind=KIND)
    if not runs:
        return
    live = any(run.active for run in runs)
    st.fragment(_draw_list, run_every=TICK_SECONDS if live else None)(choice, live)
    if choice.deleting:
        st.dialog("Delete exports?", on_dismiss=lambda: _leave(choice))(_ask_delete)(choice)


def row(run: Run) -> dict[str, Any]:
    """One export as the list draws it."""
    look, made = LOOKS[run.state], read_result(run)
    return {
        "id": run.id,
        "name": run.job.name or run.id,
        "gist": _gist(run),
        "state": {"word": state_word(run), "colour": look.colour, "icon": look.icon[10:-1]},
        "says": _says(run),
        "share": phases.share(run) if run.active else 0.0,
        "numbers": [
            ("Verified" if made.verified else "Not verified") if made else NO_NUMBER,
            size(sum(file.bytes for file in made.files)) if made else NO_NUMBER,
        ],
        "time": duration(made.seconds if made else None),
        "peak": f"{made.peak_rss_gib:.1f} GiB" if made else NO_NUMBER,
        "created": run.job.created.isoformat(),
        "tags": [],
        "action": "Cancel" if run.active else "Resume" if can_resume(run) else "",
    }


def _draw_list(choice: Choice, was_live: bool) -> None:
    runs = list_runs(kind=KIND)
    choice.picked = [run.id for run in runs if run.id in set(choice.picked)]
    if was_live != any(run.active for run in runs) or not runs:
        st.rerun()  # begins to tick, or ends it
    _draw_bar(choice, runs)
    asked = run_list.draw(
        [row(run) for run in runs[:SHOWN]],
        _HEADS,
        key="export-list",
        picked=choice.picked,
        round_=choice.round,
        on_pick=lambda ids: setattr(choice, "picked", ids),
        what="Export",
    )
    if asked.open:
        address.open_job(asked.open)
    if asked.act:
        _told(choice, lambda: _act(asked.act))
        st.rerun()


def _draw_bar(choice: Choice, runs: Sequence[Run]) -> None:
    picked = [run for run in runs if run.id in choice.picked]
    active = any(run.active for run in picked)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("Exports", anchor=False, width="content")
        if choice.error is None and choice.notice:
            st.caption(f":material/check: {plain(choice.notice)}")
        st.space("stretch")
        if st.button(
            f"Delete {len(picked)}" if picked else "Delete",
            icon=":material/delete:",
            key="exports-delete",
            disabled=not picked or active,
            help="An export at work cannot be deleted: cancel it first"
            if active
            else "Mark the exports to delete; you are asked once more",
        ):
            choice.deleting = tuple(run.id for run in picked)
            st.rerun()
    if choice.error is not None:
        show_error(choice.error, "the list of exports")


def _gist(run: Run) -> str:
    """What was asked for, in half a line."""
    config = config_of(run)
    if config is None:
        return ""
    forms = ", ".join(quant.upper() for quant in config.quants)
    ollama = f"Ollama as {config.ollama}" if config.ollama else ""
    parts = (forms, f"of {config.run or config.adapter}", ollama, f"in {config.out}")
    return " · ".join(part for part in parts if part)


def _says(run: Run) -> str:
    """What the state alone does not tell."""
    status = run.status
    if run.state == "running":
        return phases.words(run, ())
    if run.state in ("failed", "lost") and status.error is not None:
        hint = "Resume goes on." if run.state == "lost" else status.error.hint
        return f"{status.error.message} {hint}".strip()
    return ""


def _act(run_id: str) -> str:
    """Cancels or resumes an export, whichever its row offered."""
    run = find_run(run_id)
    name = run.job.name or run.id
    if run.active:
        control.stop(run)
        return f"{name} stops after this tensor. It can be resumed."
    control.resume(run, by=person())
    return f"{name} goes on."


def _told(choice: Choice, act: Callable[[], str]) -> None:
    choice.notice, choice.error = "", None
    try:
        choice.notice = act()
    except GhostError as error:
        choice.error = error
    machine.look_again()


def _leave(choice: Choice) -> None:
    choice.deleting = ()


def _ask_delete(choice: Choice) -> None:
    wanted = [run for run in list_runs(kind=KIND) if run.id in choice.deleting]
    noun = "export" if len(wanted) == 1 else "exports"
    st.markdown(
        f"**{len(wanted)} {noun}**: the job, its log, and parts that were left half done. "
        "Finished files stay where they are."
    )
    st.markdown(
        "\n".join(f"- {plain(run.job.name or run.id)}: {plain(_gist(run))}" for run in wanted)
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep", key="exports-keep"):
            _leave(choice)
            st.rerun()
        if st.button(
            f"Delete {len(wanted)} {noun}",
            type="primary",
            icon=":material/delete:",
            key="exports-really",
            disabled=not wanted,
        ):
            _told(choice, lambda: _delete(wanted))
            choice.picked, choice.round = [], choice.round + 1
            _leave(choice)
            st.rerun()


def _delete(runs: Sequence[Run]) -> str:
    for run in runs:
        control.delete(run)
    return f"Deleted {len(runs)} {'export' if len(runs) == 1 else 'exports'}."
