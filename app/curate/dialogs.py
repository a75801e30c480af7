"""What opens over the desk: one dialog at a time, named by `desk.dialog` until it is left."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components.verdict import problem_list
from app.curate import arrivals, bulk, deciding, inspecting, spread, stale
from app.curate.desk import Desk, Dialog, judge
from app.curate.shortcuts import COMMANDS, Command, label
from ghost_engine.data.store import Store

REASON = "reason"
_HINTS = {
    "inspect": "Look for problems in the whole store",
    "import": "Import a dataset",
    "help": "Shortcuts, or press ?",
}


def buttons(store: Store, desk: Desk) -> None:
    """The buttons of the first line that open dialogs."""
    for command, dialog, words, icon in (
        ("bulk", "bulk", "Bulk", ":material/done_all:"),
        ("inspect", "inspect", "", ":material/troubleshoot:"),
        ("import", "import", "", ":material/upload:"),
        ("help", "help", "", ":material/keyboard:"),
    ):
        with st.container(key=f"do-{command}", width="content"):
            known = command in COMMANDS
            text = label(command, words) if known and words else words
            hint = _HINTS.get(command)
            st.button(text, icon=icon, key=f"open-{command}", help=hint, type="tertiary",
                      on_click=_open, args=(desk, dialog))  # fmt: skip


def _open(desk: Desk, dialog: Dialog) -> None:
    desk.dialog = dialog


def draw(store: Store, desk: Desk) -> None:
    """Draws the open dialog, if one is."""

    def left() -> None:
        desk.dialog, desk.unexplained = "", False
        st.session_state.pop(arrivals.UNNAMED, None)

    if desk.dialog == "reason":
        st.dialog("It does not run", on_dismiss=left)(_reason)(store, desk)
    elif desk.dialog == "stale":
        st.dialog("Saved by somebody else", width="large", on_dismiss=left)(stale.draw)(store, desk)
    elif desk.dialog == "help":
        st.dialog("Shortcuts", width="large", on_dismiss=left)(_help)()
    elif desk.dialog == "bulk":
        st.dialog("All at once", on_dismiss=left)(bulk.draw)(store, desk)
    elif desk.dialog == "spread":
        st.dialog("Apply to others", width="large", on_dismiss=left)(spread.draw)(store, desk)
    elif desk.dialog == "import":
        st.dialog("Import a dataset", on_dismiss=left)(arrivals.draw)(store)
    elif desk.dialog == "inspect":
        st.dialog("Look for problems", on_dismiss=left)(inspecting.draw)(store, left)


def _reason(store: Store, desk: Desk) -> None:
    if desk.dialog != "reason":  # answered: the bench has moved on
        st.rerun()
    st.markdown("PostgreSQL does not run this text. Approve it all the same?")
    report = judge(desk.text)
    with st.container(height=170 if len(report.errors) > 2 else "content", border=False):
        problem_list(report)
    with st.form("reason-form", border=False):
        # The button is sent first: Enter in a field whose form has no button yet does nothing.
        field = st.container()
        st.form_submit_button(
            "Approve anyway", type="primary", on_click=_approve_anyway, args=(store, desk)
        )
        field.text_input(
            "Why", placeholder="What makes it right although it does not run", key=REASON
        )
    if desk.unexplained:
        st.warning("Say why: whoever trains on it will ask.", icon=":material/edit_note:")


def _approve_anyway(store: Store, desk: Desk) -> None:
    """A callback, and its answer a state: any rerun may follow the one of the press at once."""
    if desk.dialog != "reason":
        return  # the second press of two
    reason = str(st.session_state.get(REASON, "")).strip()
    desk.unexplained = not reason
    if reason:
        deciding.approve_anyway(store, desk, reason)


def _help() -> None:
    st.caption("Letters work outside of texts, chords everywhere. Esc leaves the SQL, text kept.")
    commands = list(COMMANDS.values())
    half = -(-len(commands) // 2)
    for column, part in zip(st.columns(2), (commands[:half], commands[half:]), strict=True):
        column.markdown(_table(part))


def _table(commands: Sequence[Command]) -> str:
    rows = (
        f"| {each.name} | `{each.letter}` | {' '.join(f'`{chord}`' for chord in each.chords)} |"
        for each in commands
    )
    return "\n".join(("| | Key | While typing |", "|---|---|---|", *rows))
