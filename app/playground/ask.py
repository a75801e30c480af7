"""Ask the schema: its tables with a few sample rows, and a SELECT box that answers."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from app.components import sql_editor
from app.components.errors import show_error
from app.state import Inquiry, Workspace
from ghost_engine.errors import GhostError, QueryError
from ghost_engine.inference.protocol import Result
from ghost_engine.sql.ask import Answer, ask, example_questions
from ghost_engine.sql.report import Problem
from ghost_engine.sql.samples import Samples, TableSample, sample_rows
from ghost_engine.sql.schema import Schema

EDITOR = "question"
NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double", "money")
EDITOR_HEIGHT = "114px"  # five lines
ROW_HEIGHT = 26
TABLE_HEIGHT = 4 + 7 * ROW_HEIGHT
ANSWER_HEIGHT = 4 + 8 * ROW_HEIGHT


def draw(space: Workspace, result: Result, schema: Schema) -> None:
    """Draws samples, question and answer. `schema` is of `space.sql`, which runs."""
    inquiry = space.inquiry
    if inquiry.sql != space.sql:
        _renew(space, result, schema)
    with st.container(gap="xsmall"):
        if inquiry.samples:
            _sample(inquiry.samples, schema)
            _question(inquiry, schema)
        if inquiry.error:
            show_error(inquiry.error, "your question")
        elif inquiry.answer:
            _answer(inquiry.answer)


def _renew(space: Workspace, result: Result, schema: Schema) -> None:
    """New rows for a new script; the question stays unless it was an example of the old one."""
    inquiry = space.inquiry
    inquiry.sql, inquiry.answer, inquiry.error, inquiry.samples = space.sql, None, None, None
    try:
        with st.spinner("Filling the tables with sample rows"):
            inquiry.samples = sample_rows(space.sql, _values(result))
    except GhostError as error:
        inquiry.error = error
    questions = example_questions(schema)
    if not inquiry.question and questions:
        _put(inquiry, questions[0][1])


def _values(result: Result) -> Mapping[tuple[str, str], tuple[str, ...]]:
    return {(column.table, column.column): column.values for column in result.columns}


def _sample(samples: Samples, schema: Schema) -> None:
    names = [sample.table for sample in samples.tables]
    widest = max(samples.tables, key=lambda sample: len(sample.columns)).table
    with st.container(horizontal=True, vertical_alignment="center"):
        name = st.segmented_control(
            "Table",
            names,
            default=widest,
            required=True,
            key="sample",
            label_visibility="collapsed",
        )
        sample = samples.table(name or widest)
        if sample is None:
            return
        st.caption(_origin(sample), width="content")
    st.dataframe(
        {column: [row[at] for row in sample.rows] for at, column in enumerate(sample.columns)},
        height=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        hide_index=True,
        column_config=_alignment(sample, schema),
        alt=f"Sample rows of {sample.table}",
    )


def _alignment(sample: TableSample, schema: Schema) -> dict[str, ColumnConfig]:
    """Numbers to the right; the rows are PostgreSQL's texts, so the type has to tell."""
    table = schema.table(sample.table)
    return {
        column.name: st.column_config.TextColumn(alignment="right")
        for column in (table.columns if table else ())
        if column.type.startswith(NUMBERS)
    }


def _origin(sample: TableSample) -> str:
    rows = f"{len(sample.rows)} rows"
    if sample.from_script:
        return f"{rows}, inserted by the script itself"
    if not sample.read:
        return f"{rows}, all made up"
    return f"{rows}: {sample.read} values read from the screenshot, {sample.faked} made up"


def _question(inquiry: Inquiry, schema: Schema) -> None:
    inquiry.question = sql_editor.current_text(EDITOR, inquiry.question, inquiry.revision)
    sql_editor.draw(
        inquiry.question,
        key=EDITOR,
        label="Your question, one SELECT",
        revision=inquiry.revision,
        problems=_place(inquiry.error),
        schema={table.name: [column.name for column in table.columns] for table in schema.tables},
        height=EDITOR_HEIGHT,
        placeholder="SELECT ...",
        on_submit=lambda text: _submit(inquiry, text),
    )
    questions = dict(example_questions(schema))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run the query",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_run,
            args=(inquiry,),
        )
        title = st.menu_button("Example questions", list(questions), key="examples")
        if title:
            _put(inquiry, questions[title])
            _run(inquiry)
            st.rerun(scope="fragment")
        said = _count(inquiry.answer) if inquiry.answer else "Ctrl+Enter runs it, too"
        st.caption(said, width="content")


def _place(error: GhostError | None) -> tuple[Problem, ...]:
    """What the editor underlines, where PostgreSQL named a place."""
    if not isinstance(error, QueryError) or error.line is None:
        return ()
    return (Problem(error.message, error.line, error.column or 1, hint=error.hint),)


def _put(inquiry: Inquiry, question: str) -> None:
    inquiry.question = question
    inquiry.revision += 1


def _submit(inquiry: Inquiry, text: str) -> None:
    inquiry.question = text
    _run(inquiry)


def _run(inquiry: Inquiry) -> None:
    inquiry.answer = inquiry.error = None
    if inquiry.samples is None:
        return
    try:
        inquiry.answer = ask(inquiry.sql, inquiry.samples, inquiry.question)
    except GhostError as error:
        inquiry.error = error


def _answer(answer: Answer) -> None:
    if not answer.rows:
        return
    titles = _distinct(answer.columns)
    st.dataframe(
        {title: [row[at] for row in answer.rows] for at, title in enumerate(titles)},
        height=min(ANSWER_HEIGHT, 4 + ROW_HEIGHT * (len(answer.rows) + 1)),
        row_height=ROW_HEIGHT,
        hide_index=True,
        alt="Answer",
    )


def _count(answer: Answer) -> str:
    count = f"{len(answer.rows)} row{'' if len(answer.rows) == 1 else 's'}"
    more = ", there are more" if answer.truncated else ""
    return f"{count}{more}, {answer.seconds * 1000:.0f} ms"


def _distinct(names: tuple[str, ...]) -> list[str]:
    """Two result columns may share a name; a table on the page may not."""
    return [
        name if name not in names[:at] else f"{name} ({names[:at].count(name) + 1})"
        for at, name in enumerate(names)
    ]
