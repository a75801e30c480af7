"""The scripts on the way to a result, each with its verdict; any can be put in the editor."""

from __future__ import annotations

import streamlit as st

from app.components.verdict import problem_list, report_chip, report_line
from app.components.words import plain
from app.playground.writing import amounts
from app.state import Workspace
from ghost_engine.inference.protocol import Attempt, How, Result

TITLES: dict[How, str] = {
    "draft": "First answer",
    "sample": "Another answer",
    "repaired": "Repaired by rule",
    "asked again": "Corrected by the model",
}


def result_line(result: Result) -> str:
    """What a result is, in a line."""
    verdict = "nothing was found" if result.report is None else report_line(result.report)
    return plain(" · ".join(filter(None, (verdict, result_pace(result)))))


def result_pace(result: Result) -> str:
    """Tokens and times of a model's result, else its seconds."""
    return amounts(result.usage) or _took(result)


def draw(space: Workspace, result: Result) -> None:
    """Draws every attempt in its order; the one that was taken is open."""
    with st.container(gap="small"):
        if summary := _summary(result):
            st.caption(summary)
        for number, attempt in enumerate(result.attempts):
            _attempt(space, result, number, attempt)


def is_taken(result: Result, attempt: Attempt) -> bool:
    return result.consolidated is None and attempt.sql == result.sql


def _summary(result: Result) -> str:
    told = [result_pace(result)] if len(result.attempts) > 1 else []
    if result.disagreement is not None:
        told.append(f"the answers agree to {1 - result.disagreement:.0%}")
    if result.prompt_version:
        told.append(f"prompt {result.prompt_version}")
    return plain(" · ".join(told))


def _took(result: Result) -> str:
    return f"{result.seconds:.1f} s"


def _attempt(space: Workspace, result: Result, number: int, attempt: Attempt) -> None:
    words = f"{number + 1}. {TITLES[attempt.how]}"
    if len(space.pictures) > 1 and result.consolidated:
        words += f", {space.pictures[attempt.picture].name}"
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(words)}**", width="content")
            report_chip(attempt.report)
            if attempt.cut:
                st.badge("Cut", icon=":material/content_cut:", color="orange", help=_CUT)
            if is_taken(result, attempt):
                st.badge("Taken", icon=":material/done_all:", color="blue")
            st.space("stretch")
            st.button(
                "Into the editor",
                key=f"attempt-{number}",
                icon=":material/edit_note:",
                disabled=not attempt.sql.strip() or attempt.sql == space.sql,
                on_click=_edit,
                args=(space, attempt.sql),
            )
        told = [report_line(attempt.report)] if attempt.report else ["Nothing was written."]
        st.caption(plain(" · ".join(filter(None, (*told, amounts(attempt.usage))))))
        if attempt.report and not attempt.report.valid:
            problem_list(attempt.report)
        for change in attempt.changes:
            st.caption(f"Line {change.line}: {plain(change.reason)}")
        if attempt.sql.strip():
            with st.expander("Script"):
                st.code(attempt.sql, language="sql", wrap_lines=True)


_CUT = "It reached the longest answer and ends with its last whole statement."


def _edit(space: Workspace, sql: str) -> None:
    space.sql = sql
    space.revision += 1
