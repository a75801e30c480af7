"""What the text changed of the suggestion, table by table; each can be taken back, or left."""

from __future__ import annotations

import difflib
import re

import streamlit as st

from app.components.words import plain
from app.curate import deciding
from app.curate.desk import Desk
from app.curate.shortcuts import label, tip
from ghost_engine.data.records import Suggestion
from ghost_engine.data.store import Store
from ghost_engine.sql.difference import TableDifference, table_differences

HEIGHT = 470
_BETWEEN_COLUMNS = re.compile(r""",[ \t]+(?=[A-Za-z_"`])""")
STATES = {
    "only old": (":red[:material/remove_circle:]", "only in the suggestion"),
    "only new": (":green[:material/add_circle:]", "added"),
    "changed": (":orange[:material/edit:]", "changed"),
}


def draw(store: Store, desk: Desk) -> None:
    """Draws the differences of the open example."""
    suggestion = _chosen(store, desk)
    if suggestion is None:
        st.info("Nothing was suggested for this one: there is nothing to compare with.")
        return
    found = [each for each in table_differences(suggestion.sql, desk.text) if each.state != "same"]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Against the suggestion of {plain(_maker(suggestion))}", width="stretch")
        with st.container(key="do-spread", width="content"):
            if st.button(
                label("spread", "Apply to others"),
                icon=":material/move_down:",
                help=tip("spread", "Make the same changes in other examples"),
                disabled=not (found or desk.edited),
            ):
                desk.dialog = "spread"
                st.rerun(scope="fragment")
    with st.container(height=HEIGHT, border=False, gap="small"):
        if not found:
            st.caption("Every table is as it was suggested.")
        for each in found:
            _difference(store, desk, each, suggestion.sql)


def _chosen(store: Store, desk: Desk) -> Suggestion | None:
    """The suggestion to compare with: the one in force, or another one where there are several."""
    example = desk.example
    if example is None or example.suggestion is None:
        return None
    drafts = store.suggestions(example.id)
    if len(drafts) < 2:
        return example.suggestion
    numbers = range(len(drafts))
    with st.container(horizontal=True, vertical_alignment="center"):
        number = st.segmented_control(
            "Drafts",
            numbers,
            format_func=lambda at: f"Draft {at + 1}, {_maker(drafts[at])}",
            default=next(at for at in numbers if drafts[at].id == example.suggestion.id),
            required=True,
            key=f"draft-of-{example.id}",
            label_visibility="collapsed",
            width="stretch",
        )
        draft = drafts[number]
        st.button(
            "Take it whole",
            key="take-draft",
            disabled=desk.text == draft.sql,
            help="Put this draft into the editor",
            on_click=deciding.take_draft,
            args=(store, desk, draft.sql),
        )
    return draft


def _maker(suggestion: Suggestion) -> str:
    return " ".join(part for part in (suggestion.provider, suggestion.model) if part)


def _difference(store: Store, desk: Desk, each: TableDifference, other: str) -> None:
    with st.container(border=True, gap="xsmall"):
        said, button = st.columns([5, 2], vertical_alignment="center")
        with said:
            st.markdown(headline(each))
        with button:
            st.button(
                "As suggested" if each.state != "only new" else "Take it out",
                key=f"take-{each.name}",
                help="Have it as it was suggested",
                width="stretch",
                on_click=deciding.take_table,
                args=(store, desk, other, each.name),
            )
        for change in each.changes:
            st.caption(plain(change))
        st.code(text_difference(each.old_text, each.new_text), language="diff", wrap_lines=True)


def headline(each: TableDifference) -> str:
    """`Table users, changed`, with its icon."""
    icon, word = STATES[each.state]
    return f"{icon} **{plain(each.name)}** :gray[{each.kind}, {word}]"


def text_difference(old: str, new: str) -> str:
    """The lines that went and came, two lines around; long lines are broken at commas."""
    before, after = (_BETWEEN_COLUMNS.sub(",\n    ", text).splitlines() for text in (old, new))
    lines = difflib.unified_diff(before, after, n=2, lineterm="")
    return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))
