"""The end of a run's log as a terminal would show it; search in it, and the whole to download."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.components.words import plain
from ghost_engine.jobs.log import log_tail
from ghost_engine.jobs.records import Run

LINES = 400
SEARCHED = 5000
HEIGHT = 330


def draw(run: Run) -> None:
    """The tail, or the lines that hold what is searched for."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        wanted = st.text_input(
            "Search",
            key="log-search",
            placeholder="error, step 40 ...",
            label_visibility="collapsed",
            icon=":material/search:",
        ).strip()
        st.download_button(
            "Download",
            lambda: _whole(run.folder.log),
            file_name=f"{run.id}.log.txt",
            mime="text/plain",
            key="log-download",
            icon=":material/download:",
            on_click="ignore",
        )
    lines = _tail(str(run.folder.log), *_mark(run.folder.log))
    found = search(lines, wanted)
    st.caption(_said(lines, found, wanted))
    with st.container(height=HEIGHT, key="log", autoscroll=not wanted):
        if found:
            st.code("\n".join(found[-LINES:]), language=None)


def search(lines: list[str], wanted: str) -> list[str]:
    """The lines that hold a text, in any case; all of them for none."""
    folded = wanted.casefold()
    return [line for line in lines if folded in line.casefold()] if folded else lines


def _said(lines: list[str], found: list[str], wanted: str) -> str:
    if not lines:
        return "The log is empty."
    if wanted:
        return f"{len(found):,} of the last {len(lines):,} lines hold “{plain(wanted)}”."
    return f"The last {min(LINES, len(lines)):,} lines; all of it is in the download."


@st.cache_data(max_entries=16, show_spinner=False)
def _tail(path: str, size: int, changed: int) -> list[str]:
    return log_tail(Path(path), SEARCHED)


def _mark(path: Path) -> tuple[int, int]:
    """Its size and time: the same means that nothing was written."""
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_size, about.st_mtime_ns


def _whole(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
