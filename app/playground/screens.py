"""Several screens as one schema: where each column comes from, and what the screens disagree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app.components.words import plain
from app.state import Workspace, replace_draft
from ghost_engine.errors import GhostError
from ghost_engine.inference.consolidate import Conflict, Consolidated, Relation, choose
from ghost_engine.inference.protocol import Evidence, Result

KINDS = {
    "table": "one table or two",
    "column": "one column or two",
    "type": "the type",
    "key": "the primary key",
    "required": "whether it may be empty",
    "default": "the default",
    "reference": "what it points at",
    "relation": "a key across screens",
}


def traced(result: Result, names: Sequence[str], number: int) -> tuple[Evidence, ...]:
    """Every column once, its evidence of picture `number` if there is one, its screens named.

    With one picture, the evidence as it is.
    """
    if len(names) < 2:
        return result.columns
    shown: dict[str, set[int]] = {}
    best: dict[str, Evidence] = {}
    for each in result.columns:
        key = f"{each.table}.{each.column}"
        if each.box is not None or result.consolidated:
            shown.setdefault(key, set()).add(each.image)
        if key not in best or (each.image == number and best[key].image != number):
            best[key] = each
    return tuple(
        replace(each, reason=_said(each, sorted(shown.get(key, ())), names))
        for key, each in best.items()
    )


def draw(space: Workspace, result: Result, joined: Consolidated) -> None:
    """Draws the conflicts to decide, the keys drawn across screens, and what was left out."""
    names = [screen.name for screen in joined.screens]
    edited = space.sql != result.sql
    with st.container(gap="small"):
        for note in joined.notes:
            st.warning(plain(note), icon=":material/warning:")
        if space.remark:
            st.warning(plain(space.remark), icon=":material/warning:")
        if joined.conflicts:
            st.caption(
                f"{len(joined.conflicts)} to decide. Each is decided already; choose otherwise."
            )
        if joined.conflicts and edited:
            st.info(
                "You have edited the SQL. Go back to the draft to decide otherwise.",
                icon=":material/info:",
            )
        for conflict in joined.conflicts:
            _conflict(space, joined, conflict, names, edited)
        if not joined.conflicts:
            st.caption("The screens agree on everything that more than one of them shows.")
        _relations(joined.relations)


def _said(evidence: Evidence, screens: Sequence[int], names: Sequence[str]) -> str:
    where = " and ".join(f"{at + 1}. {names[at]}" for at in screens)
    if not where:
        return evidence.reason
    known = evidence.reason in ("", f"in the schema of {names[evidence.image]}")
    return f"On {where}" if known else f"On {where}. {evidence.reason}"


def _conflict(
    space: Workspace, joined: Consolidated, conflict: Conflict, names: Sequence[str], edited: bool
) -> None:
    def option_label(option: str) -> str:
        at = conflict.options.index(option)
        who = (
            [names[number] for number in conflict.screens[at]] if at < len(conflict.screens) else []
        )
        return f"{plain(option)} :gray[{plain(', '.join(who))}]" if who else plain(option)

    key = f"conflict-{conflict.key}"
    st.session_state[key] = conflict.chosen
    what = f"{conflict.table}.{conflict.column}" if conflict.column else conflict.table
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{plain(what)}** :gray[{KINDS[conflict.kind]}]")
        st.radio(
            plain(conflict.reason),
            conflict.options,
            key=key,
            format_func=option_label,
            disabled=edited,
            on_change=lambda: _choose(space, joined, conflict, str(st.session_state[key])),
        )


def _choose(space: Workspace, joined: Consolidated, conflict: Conflict, option: str) -> None:
    result = space.result
    if result is None:
        return
    try:
        made = choose(joined, conflict, option)
    except GhostError as error:
        space.remark = str(error)
        return
    space.remark = ""
    replace_draft(
        space,
        replace(result, sql=made.sql, report=made.report, columns=made.columns, consolidated=made),
    )


def _relations(relations: Sequence[Relation]) -> None:
    if not relations:
        return
    st.markdown("**Keys across screens**, which no screen shows by itself")
    for each in relations:
        said = f"{each.table}.{each.column} → {each.target}.{each.target_column}"
        st.markdown(f"{plain(said)} :gray[{plain(each.reason)}]")
