"""What people say of a run: tags and notes, kept in its folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from app.components.errors import show_error
from app.components.person import person
from app.components.words import plain
from ghost_engine.errors import JobError
from ghost_engine.jobs.notes import (
    NOTE_CHARACTERS,
    TAG_CHARACTERS,
    Note,
    add_note,
    change_tags,
    read_notes,
    remove_note,
)
from ghost_engine.jobs.records import Run
from ghost_engine.training.story import span

_REFUSED = "notes-refused"


def draw(run: Run) -> None:
    """Tags to choose or type, notes to add; both are written at once."""
    said = read_notes(run.folder)
    key = f"tags-{run.id}"
    if tuple(st.session_state.get(key, ())) != said.tags:
        st.session_state[key] = list(said.tags)  # another tab may have changed them
    st.multiselect(
        "Tags",
        list(said.tags),
        key=key,
        accept_new_options=True,
        placeholder="Type a tag",
        on_change=_tagged,
        args=(run, said.tags, key),
    )
    for note in said.notes:
        _draw_note(run, note)
    with st.form("new-note", clear_on_submit=True, border=False):
        st.text_area(
            "Note",
            key="note-text",
            max_chars=NOTE_CHARACTERS,
            height=80,
            placeholder="What was it?",
        )
        st.form_submit_button("Add note", icon=":material/add_comment:", on_click=_add, args=(run,))
    refused = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        show_error(refused, "the notes")


def _draw_note(run: Run, note: Note) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        with st.container(gap=None):
            st.text(note.text)
            st.caption(plain(_about(note)))
        st.button(
            "",
            key=f"note-{note.id}",
            icon=":material/delete:",
            type="tertiary",
            help="Remove this note",
            on_click=_remove,
            args=(run, note.id),
        )


def _about(note: Note) -> str:
    ago = ""
    if note.time is not None:
        ago = f"{span((datetime.now(UTC) - note.time).total_seconds())} ago"
    return " · ".join(part for part in (note.by, ago) if part)


def _tagged(run: Run, before: tuple[str, ...], key: str) -> None:
    now = [str(tag)[:TAG_CHARACTERS] for tag in st.session_state[key]]
    added = [tag for tag in now if tag not in before]
    _try(lambda: change_tags(run.folder, added, [tag for tag in before if tag not in now]))


def _add(run: Run) -> None:
    text = str(st.session_state.get("note-text", ""))
    if text.strip():
        _try(lambda: add_note(run.folder, text, person()))


def _remove(run: Run, note_id: str) -> None:
    _try(lambda: remove_note(run.folder, note_id))


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except JobError as error:
        st.session_state[_REFUSED] = error
