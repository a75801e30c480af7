"""The results of this session: picture, engine, verdict and time; each can be reopened."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app.components.amounts import ago
from app.components.verdict import LOOKS
from app.components.words import plain
from app.playground import engines
from app.state import Past, Workspace, reopen
from ghost_engine.data.images import Picture

THUMBNAIL_PIXELS = 120
HEIGHT = 420


def draw_menu(space: Workspace) -> None:
    """The history behind a button; nothing while there is only what is open."""
    if len(space.past) < 2:
        return
    with st.popover(f"History ({len(space.past)})", icon=":material/history:"):
        draw(space)


def draw_list(space: Workspace) -> None:
    """The history on the start panel."""
    if space.past:
        st.subheader("Results of this session", anchor=False)
        draw(space)


def draw(space: Workspace) -> None:
    """Every result, the newest first."""
    for number in range(len(space.past) - 1, -1, -1):
        past = space.past[number]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.image(_thumbnail(past), width=64, alt=past.pictures[0].name)
            with st.container(gap=None):
                st.markdown(f"**{plain(_title(past))}**")
                st.caption(f"{_verdict(past)} · {plain(_facts(past))}")
            st.button(
                "Open",
                key=f"past-{number}-{past.since.timestamp()}",
                disabled=past is space.current,
                on_click=reopen,
                args=(space, past),
            )


def _title(past: Past) -> str:
    first, *others = [picture.name for picture in past.pictures]
    return f"{first} and {len(others)} more" if others else first


def _facts(past: Past) -> str:
    edited = ["edited"] if past.sql != past.result.sql else []
    return " · ".join([engines.result_label(past.result), *edited, _when(past.since)])


def _when(then: datetime) -> str:
    return f"{then.astimezone():%H:%M}, {ago(then)}"


def _verdict(past: Past) -> str:
    word = past.report.status if past.report else "not checked"
    look = LOOKS[word]
    tables = len(past.report.schema.tables) if past.report else 0
    counted = f", {tables} table{'' if tables == 1 else 's'}" if tables else ""
    return f":{look.colour}[{look.icon} {word.capitalize()}]{counted}"


def _thumbnail(past: Past) -> bytes:
    return _small(past.pictures[0].content_hash, past.pictures[0])


@st.cache_data(max_entries=64, show_spinner=False)
def _small(content_hash: str, _picture: Picture) -> bytes:
    """Kept by the picture's content: the same for everybody who has it."""
    return _picture.preview(THUMBNAIL_PIXELS)
