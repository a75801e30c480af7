"""The result: screenshot beside the schema, every edit judged again, every column traced back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer

from app.components import schema_view, screenshot, sql_editor
from app.components.layout import PANE_HEIGHT, TAB_HEIGHT, heading, two_panes
from app.components.verdict import problem_list, report_chip, report_line, verdict_chip
from app.components.words import plain
from app.playground import ask, attempts, beside, engines, mending, past, screens
from app.playground.mending import is_repaired
from app.playground.progress import title
from app.state import Workspace, start_over
from ghost_engine.inference.protocol import Result
from ghost_engine.share import share_html
from ghost_engine.sql import Report, Schema, check

EDITOR = "sql"
FOOT = 50  # pixels under the editor
FAILING_FOOT = 220  # the same with a list of errors
WHAT_TO_TRY = (
    "A screen with a table, a form or a list of records, at its full size.",
    "The whole window rather than a cut-out: headings and labels name the columns.",
    "Text of at least 10 pixels; photographs of a screen are hard to read.",
)


@st.fragment
def draw(space: Workspace) -> None:
    """Draws the workbench. Everything in it reruns alone."""
    result = space.result
    if result is None:
        return
    _judge(space)
    _heading(space, result)
    left, right = two_panes()
    with left:
        _screenshot(space, result)
    with right:
        if result.sql or space.sql:
            _panels(space, result)
        else:
            _nothing_found(space, result)


def _judge(space: Workspace) -> None:
    """Takes over what was typed and asks PostgreSQL about it, once for each text."""
    space.sql = sql_editor.current_text(EDITOR, space.sql, space.revision)
    if space.sql != space.checked:
        space.report = check(space.sql) if space.sql.strip() else None
        space.checked = space.sql


def _heading(space: Workspace, result: Result) -> None:
    with heading(title(space)):
        if is_repaired(space) and space.report and space.report.valid:
            verdict_chip("runs after repair")
        else:
            report_chip(space.report)
        if space.sql != result.sql:
            st.badge("Edited", icon=":material/edit:", color="gray")
        st.badge(
            _engine(result),
            icon=":material/memory:",
            color="gray",
            help=plain(result.note) if result.model else None,
        )
        st.space("stretch")
        if space.sql.strip():
            schema_view.draw_downloads(
                space.sql,
                space.report.schema if space.report else Schema(),
                PurePath(space.pictures[0].name).stem,
                lambda: _share(space, result),
            )
        past.draw_menu(space)
        if st.button("New screenshot", icon=":material/add_photo_alternate:"):
            start_over(space)
            st.rerun(scope="app")


def _share(space: Workspace, result: Result) -> str:
    """The page to share holds what is on the screen now, edits and all."""
    edited = replace(result, sql=space.sql, report=space.report)
    samples = space.inquiry.samples if space.inquiry.sql == space.sql else None
    return share_html(edited, space.pictures, samples)


def _engine(result: Result) -> str:
    """A model is told apart by its name and what it counted; rules by what they are."""
    if result.model is None:
        return f"{result.title}: {result.note}, {result.seconds:.1f} s"
    told = attempts.result_pace(result)
    return plain(", ".join(filter(None, (engines.result_label(result), told))))


def _screenshot(space: Workspace, result: Result) -> None:
    if len(space.pictures) > 1:
        space.picture = st.segmented_control(
            "Screenshot",
            range(len(space.pictures)),
            default=space.picture,
            required=True,
            format_func=lambda number: f"{number + 1}. {space.pictures[number].name}",
            label_visibility="collapsed",
        )

    names = [picture.name for picture in space.pictures]
    columns = screens.traced(result, names, space.picture)

    def pick(selected: str) -> None:
        space.selected = selected
        for column in columns:
            if screenshot.column_id(column) == selected and column.box:
                space.picture = column.image

    screenshot.draw(
        space.pictures[space.picture],
        space.previews[space.picture],
        key="screenshot",
        columns=columns,
        number=space.picture,
        selected=space.selected,
        height=PANE_HEIGHT,
        on_pick=pick,
    )


def _panels(space: Workspace, result: Result) -> None:
    joined = result.consolidated
    titles = ["SQL", "Diagram", "Tables", "Ask the schema"]
    titles += ["Attempts"] if result.model else []
    titles += ["Screens"] if joined else []
    titles += ["Compare"]
    default = "Compare" if space.rival else "SQL"
    made = st.tabs(titles, key="panels", default=default, on_change="rerun")
    tabs = dict(zip(titles, made, strict=True))
    with tabs["SQL"]:
        _script(space, result)
    _views(space, result, tabs)
    if result.model and tabs["Attempts"].open:
        with tabs["Attempts"]:
            attempts.draw(space, result)
    if joined and tabs["Screens"].open:
        with tabs["Screens"]:
            screens.draw(space, result, joined)
    if tabs["Compare"].open:
        with tabs["Compare"]:
            beside.draw(space, result)


def _views(space: Workspace, result: Result, tabs: Mapping[str, TabContainer]) -> None:
    if space.report is None or not space.report.valid:
        for name in ("Diagram", "Tables", "Ask the schema"):
            tabs[name].info("Shown as soon as the SQL runs.", icon=":material/info:")
        return
    with tabs["Diagram"]:
        schema_view.draw_diagram(space.report.schema, key="diagram", height=TAB_HEIGHT)
    with tabs["Tables"]:
        schema_view.draw_tables(space.report.schema, key="tables", height=TAB_HEIGHT)
    if tabs["Ask the schema"].open:
        with tabs["Ask the schema"]:
            ask.draw(space, result, space.report.schema)


def _script(space: Workspace, result: Result) -> None:
    report = space.report
    causes = [problem for problem in report.errors if not problem.follows] if report else []
    sql_editor.draw(
        space.sql,
        key=EDITOR,
        label="SQL of the schema",
        revision=space.revision,
        problems=causes,
        schema=_names(report),
        height=f"calc({TAB_HEIGHT} - {FAILING_FOOT if causes else FOOT}px)",
        draft_key=_draft_key(space),
        placeholder="CREATE TABLE ...",
    )
    if report and causes:
        with st.container(height=FAILING_FOOT - FOOT - 12, border=False):
            problem_list(report)
    _foot(space, result)


def _foot(space: Workspace, result: Result) -> None:
    """Under the editor, always there: how the check went, and the way back."""
    if result.reason and result.sql:
        st.caption(f":orange[:material/warning:] {plain(result.reason)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(report_line(space.report), width="stretch")
        if space.report:
            mending.draw(space, space.report)
        if st.button(
            "Back to the draft",
            icon=":material/undo:",
            help="Undo every edit",
            disabled=space.sql == result.sql,
        ):
            space.sql = result.sql
            space.revision += 1
            st.rerun(scope="fragment")


def _names(report: Report | None) -> dict[str, list[str]]:
    """Table to column names, for completion."""
    tables = report.schema.tables if report else ()
    return {table.name: [column.name for column in table.columns] for table in tables}


def _nothing_found(space: Workspace, result: Result) -> None:
    with st.container(border=True):
        st.markdown("**No schema was found on this screenshot.**")
        st.text(result.reason)
        st.markdown("What to try:\n\n" + "\n".join(f"- {line}" for line in WHAT_TO_TRY))


def _draft_key(space: Workspace) -> str:
    return "-".join(picture.content_hash[:16] for picture in space.pictures)
