"""The desk drawn: the line of facts, the decisions, and queue, picture and SQL side by side."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components import keys
from app.components.errors import error_border, show_error
from app.components.verdict import report_chip
from app.components.words import plain
from app.curate import address, ahead, deciding, dialogs, pace, picture, presence, queue, script
from app.curate.desk import NOTE, Desk, judge, take_typed
from app.curate.shortcuts import bindings, label, tip
from app.curate.words import STATUS_WORDS
from ghost_engine.data.records import Counts, Decision, Example
from ghost_engine.data.store import Store
from ghost_engine.sql import Report

COUNTS_SECONDS = 20.0  # counting 100,000 examples takes a tenth of a second


@st.fragment
def draw(store: Store, desk: Desk) -> None:
    """Draws the bench. Everything in it reruns alone."""
    with error_border("the curation"):
        take_typed(store, desk)
        address.write(desk)
        report = judge(desk.text) if desk.example and desk.text.strip() else None
        keys.listen(bindings(), key="keys", dialog=desk.dialog)
        who = _facts(store, desk, report)
        left, right = st.columns([22, 78], gap="small")
        # What the curator waits for comes first.
        with right:
            _work(store, desk, report)
        with left:
            queue.draw(store, desk, counts(store))
        with who:
            presence.draw(store, desk)
        dialogs.draw(store, desk)
        ahead.look(store, desk)


@st.cache_data(ttl=COUNTS_SECONDS, show_spinner=False)
def counts(_store: Store) -> Counts:
    """The store's counts, at most some seconds old. The same for every session."""
    return _store.counts()


def is_empty(store: Store) -> bool:
    return store.queue(size=1).total == 0


def _facts(store: Store, desk: Desk, report: Report | None) -> DeltaGenerator:
    """Draws the first line; returns the place for those who look at this, too."""
    example = desk.example
    with st.container(key="facts", horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("Curate", anchor=False, width="content")
        if example is not None:
            st.markdown(f"**#{example.id}** {plain(example.domain)}", width="content")
            report_chip(report)
            st.badge(_status(desk), color="gray")
        who = st.container(width="content")
        with st.container(key="notice", width="stretch"):
            st.caption(plain(desk.notice), help=desk.details or None)
        pace.draw(store, desk)
        dialogs.buttons(store, desk)
    return who


def _status(desk: Desk) -> str:
    example = desk.example
    if example is None:
        return ""
    word = STATUS_WORDS[example.status]
    if example.review is not None and example.review.reviewer:
        word += f" by {example.review.reviewer}"
    return f"{word}, edited" if desk.changed else word


def _work(store: Store, desk: Desk, report: Report | None) -> None:
    _decisions(store, desk)
    if desk.error is not None:
        show_error(desk.error, "the curation")
    if desk.example is None:
        st.info("Nothing is left in this view. Change the filters to see more.")
        return
    if desk.stale is not None and desk.dialog != "stale":
        _overtaken(desk)
    shot, text = st.columns([48, 52], gap="small")
    with shot:
        picture.draw(store, desk)
    with text:
        script.draw(store, desk, report)


_DECISIONS: tuple[tuple[Decision, str, str, str], ...] = (
    ("approved", "approve", "Approve", ":material/check:"),
    ("rejected", "reject", "Reject", ":material/close:"),
    ("needs_work", "needs_work", "Needs work", ":material/construction:"),
    ("postponed", "postpone", "Postpone", ":material/schedule:"),
)


def _decisions(store: Store, desk: Desk) -> None:
    example = desk.example
    with st.container(key="decisions", horizontal=True, vertical_alignment="center", gap="xsmall"):
        if example is not None:
            for decision, command, words, icon in _DECISIONS:
                with st.container(key=f"do-{command.replace('_', '-')}", width="content"):
                    # New keys with every example: the second press of a double click is of none.
                    st.button(
                        label(command, words),
                        icon=icon,
                        key=f"{command}-{example.id}-{desk.revision}",
                        type="primary" if decision == "approved" else "secondary",
                        help=tip(command),
                        on_click=deciding.decide,
                        args=(store, desk, example.id, decision),
                    )
        for command, icon, back in (
            ("previous", "chevron_left", True),
            ("next", "chevron_right", False),
        ):
            with st.container(key=f"do-{command}", width="content"):
                st.button(
                    f"`{'K' if back else 'J'}`",
                    icon=f":material/{icon}:",
                    key=command,
                    help=tip(command, command.capitalize()),
                    on_click=deciding.go,
                    args=(store, desk, back),
                )
        with st.container(key="do-undo", width="content"):
            st.button(
                label("undo", "Undo"),
                icon=":material/undo:",
                key="undo",
                help=tip("undo", desk.done[-1].words if desk.done else "Nothing to undo yet"),
                disabled=not desk.done,
                on_click=deciding.undo,
                args=(store, desk),
            )
        if example is not None:
            _note(desk, example)


def _note(desk: Desk, example: Example) -> None:
    """Draws the field for a note on the next decision; one begun waits for its example."""
    here = (example.id, example.version)
    if desk.note_for != here:
        if begun := st.session_state.get(NOTE):
            desk.notes[desk.note_for] = begun
        st.session_state[NOTE] = desk.notes.pop(here, "")
        desk.note_for = here
    with st.container(key="note", width="stretch"):
        st.text_input(
            "Note",
            key=NOTE,
            placeholder="Note (N)",
            label_visibility="collapsed",
            max_chars=500,
        )


def _overtaken(desk: Desk) -> None:
    stale = desk.stale
    if stale is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(
            f":orange[:material/warning:] {plain(stale.saved_by or 'Somebody')} saved this example "
            "after you began. Your text is safe.",
            width="stretch",
        )
        if st.button("Compare", key="compare"):
            desk.dialog = "stale"
            st.rerun(scope="fragment")
