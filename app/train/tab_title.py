"""What the browser's tab says of a run that is watched, so that another tab may be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.badges import LOOKS
from ghost_engine.jobs.records import Run
from ghost_engine.training.story import last_warning

_SIGNS = {"finished": "✔", "failed": "✖", "stopped": "‖", "lost": "✖"}
_component = st.components.v2.component(
    "ghost_tab_title", js=(Path(__file__).parent / "tab_title.js").read_text(encoding="utf-8")
)


def draw(run: Run, events: Sequence[dict[str, Any]]) -> None:
    """Sets the title; it stays while this is drawn."""
    _component(key="tab-title", data={"title": title(run, events)})


def title(run: Run, events: Sequence[dict[str, Any]] = ()) -> str:
    """State or progress first: a tab shows little more than that."""
    name = run.job.name or run.id
    word = LOOKS[run.state].word
    if not run.active:
        error = run.status.error
        if run.state == "failed" and error is not None and error.type in _CAUSES:
            word = _CAUSES[error.type]
        return f"{_SIGNS[run.state]} {word} · {name}"
    warning = "⚠ " if last_warning(events) == "out_of_memory" else ""
    status = run.status
    if run.state == "running" and status.total_steps:
        return f"{warning}{100 * (status.step or 0) // status.total_steps} % · {name}"
    return f"{warning}{word} · {name}"


_CAUSES = {"out_of_memory": "Out of memory", "diverged": "Diverged"}
