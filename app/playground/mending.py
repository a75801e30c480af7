"""Under the editor: repair what fails, advice on what runs. Every change can be undone."""

from __future__ import annotations

import streamlit as st

from app.components.words import plain
from app.state import Workspace
from ghost_engine.errors import GhostError
from ghost_engine.sql import Report
from ghost_engine.sql.lint import Advice, advise, apply_fix
from ghost_engine.sql.repair import repair

MAX_SHOWN = 40


def is_repaired(space: Workspace) -> bool:
    """True while the editor holds exactly what a repair made of something else."""
    return space.mended is not None and bool(space.mended.changes) and _is_current(space)


def draw(space: Workspace, report: Report) -> None:
    """The buttons that fit the verdict: repair, what a repair changed, advice."""
    if not report.valid:
        if space.mended and not space.mended.changes and _is_current(space):
            st.caption("No repair was found.", width="content")
        st.button(
            "Repair",
            icon=":material/build:",
            help="Mend it and list every change",
            on_click=_repair,
            args=(space,),
        )
    if is_repaired(space):
        _changes(space)
    if report.valid:
        _advice(space, report)


def _is_current(space: Workspace) -> bool:
    return space.mended is not None and space.sql == space.mended.sql


def _repair(space: Workspace) -> None:
    before = space.sql
    space.mended = repair(before)
    if space.mended.changes:
        space.before_repair = before
        _replace(space, space.mended.sql)


def _undo(space: Workspace) -> None:
    space.mended = None
    _replace(space, space.before_repair)


def _changes(space: Workspace) -> None:
    changes = space.mended.changes if space.mended else ()
    with st.popover(f"Changes ({len(changes)})"):
        for change in changes[:MAX_SHOWN]:
            st.markdown(f"**Line {change.line}** {plain(change.reason)}")
        if len(changes) > MAX_SHOWN:
            st.caption(f"and {len(changes) - MAX_SHOWN} more")
        st.button("Undo the repair", icon=":material/undo:", on_click=_undo, args=(space,))


def _advice(space: Workspace, report: Report) -> None:
    advice = advise(space.sql, report.schema)
    if not advice:
        return
    with st.popover(f"Advice ({len(advice)})"):
        if space.remark:
            st.warning(plain(space.remark), icon=":material/warning:")
        for number, each in enumerate(advice[:MAX_SHOWN]):
            said, button = st.columns([5, 1], vertical_alignment="center")
            with said:
                st.markdown(f"**{plain(each.table)}** {plain(each.message)}")
            if each.fix:
                with button:
                    st.button(
                        "Fix it",
                        key=f"fix-{number}",
                        help=plain(each.fix),
                        on_click=_fix,
                        args=(space, each),
                    )
        if len(advice) > MAX_SHOWN:
            st.caption(f"and {len(advice) - MAX_SHOWN} more")


def _fix(space: Workspace, advice: Advice) -> None:
    try:
        _replace(space, apply_fix(space.sql, advice))
    except GhostError as error:
        space.remark = str(error)


def _replace(space: Workspace, sql: str) -> None:
    space.sql, space.remark = sql, ""
    space.revision += 1
