"""The right side: the SQL with its errors, its diagram, what was changed, and the guidelines."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.components import schema_view, sql_editor
from app.components.layout import TAB_HEIGHT
from app.components.verdict import problem_list, report_line
from app.components.words import plain
from app.curate import changes, deciding, rules
from app.curate.desk import EDITOR, Desk, faults
from app.curate.shortcuts import COMMANDS, label, tip
from app.curate.words import NOT_FOR_CURATORS, OF_A_TEXT, VERDICTS, problem_remedy, problem_title
from ghost_engine.data.store import Store
from ghost_engine.sql import Report

HEIGHT = TAB_HEIGHT.replace("179px", "231px")
FOOT = 86  # pixels under the editor: its state and the buttons
FAILING_FOOT = 206  # the same with a list of errors


def draw(store: Store, desk: Desk, report: Report | None) -> None:
    """Draws the tabs; only the open one is worked out."""
    with st.container(key="panels"):
        tabs = st.tabs(["SQL", "Diagram", "Changes", "Guidelines"], key="tabs", on_change="rerun")
    sql, diagram, differences, guidelines = tabs
    with sql:
        _script(store, desk, report)
    if diagram.open:
        with diagram:
            _diagram(report)
    if differences.open:
        with differences:
            changes.draw(store, desk)
    if guidelines.open:
        with guidelines:
            rules.draw(store, desk)


def _script(store: Store, desk: Desk, report: Report | None) -> None:
    example = desk.example
    if example is None:
        return
    causes = [problem for problem in report.errors if not problem.follows] if report else []
    remarks = [] if not report else _remarks(desk, report)
    listed = bool(causes or remarks)
    sql_editor.draw(
        desk.text,
        key=EDITOR,
        label="SQL of the example",
        revision=desk.revision,
        problems=causes,
        schema=_names(report),
        height=f"calc({HEIGHT} - {FAILING_FOOT if listed else FOOT}px)",
        draft_key=f"example-{example.id}-{desk.reviewer}",
        placeholder="CREATE TABLE ...",
        guard=sql_editor.Guard(desk.session, saved_words(desk)),
    )
    if listed:
        with st.container(height=FAILING_FOOT - FOOT - 12, border=False, gap="xsmall"):
            if report and causes:
                problem_list(report)
            for remark in remarks:
                st.markdown(remark)
    _foot(store, desk, report)


def saved_words(desk: Desk) -> str:
    """Where the text is now."""
    if not desk.changed:
        return "As saved"
    if desk.draft_saved is None:
        return ""
    return f"Draft saved {desk.draft_saved.astimezone():%H:%M:%S}"


def _remarks(desk: Desk, report: Report) -> list[str]:
    """What to think about beside the errors: of this text, and of its place in the store."""
    said = []
    review = desk.example.review if desk.example else None
    if review is not None and review.note:
        said.append(
            f":gray[:material/sticky_note_2:] {plain(review.reviewer)}: {plain(review.note)}"
        )
    if desk.drafts > 1:
        said.append(f":orange[:material/info:] {desk.drafts} drafts disagree :gray[See Changes.]")
    for fault in faults(desk.text) if report.valid else ():
        if fault.code not in VERDICTS:
            said.append(_remark(fault.code, fault.message))
    for code in desk.example.problems if desk.example else ():
        if code not in OF_A_TEXT | NOT_FOR_CURATORS:
            said.append(_remark(code, problem_title(code)))
    return said


def _remark(code: str, words: str) -> str:
    return f":orange[:material/info:] {plain(words)} :gray[{plain(problem_remedy(code))}]"


def _foot(store: Store, desk: Desk, report: Report | None) -> None:
    has_draft = desk.example is not None and desk.example.suggestion is not None
    like_draft = has_draft and desk.text == desk.example.suggestion.sql  # type: ignore[union-attr]
    with st.container(
        key="foot", horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall"
    ):
        with st.container(key="report", width="stretch"):
            st.caption(report_line(report).removesuffix(" Ctrl+Enter checks at once."))
        _button(store, desk, "repair", "Repair", deciding.mend, not report or report.valid)
        _button(store, desk, "check", "Check", deciding.check_again, not report)
        back = not has_draft or like_draft
        _button(store, desk, "suggestion", "Reset", deciding.back_to_suggestion, back)
        _button(store, desk, "save", "Save", deciding.save_only, not desk.changed)


def _button(
    store: Store, desk: Desk, command: str, words: str, action: Callable[..., None], off: bool
) -> None:
    with st.container(key=f"do-{command}", width="content"):
        st.button(
            label(command, words),
            key=command,
            help=tip(command, COMMANDS[command].name),
            disabled=off,
            on_click=action,
            args=(store, desk),
        )


def _diagram(report: Report | None) -> None:
    if report is None or not report.valid:
        st.info("Drawn as soon as the SQL runs.", icon=":material/info:")
        return
    schema_view.draw_diagram(report.schema, key="curate-diagram", height=HEIGHT)


def _names(report: Report | None) -> dict[str, list[str]]:
    """Table to column names, for completion."""
    tables = report.schema.tables if report else ()
    return {table.name: [column.name for column in table.columns] for table in tables}
