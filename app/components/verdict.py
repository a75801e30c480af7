"""The verdict on a script: one vocabulary, one colour and one icon each, everywhere.

Colour is never alone: the word and the icon say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from app.components.words import plain
from ghost_engine.sql.report import Problem, Report

Word = Literal["runs", "runs after repair", "fails", "not checked"]
Colour = Literal["green", "orange", "red", "gray"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a verdict is shown in chips, charts and tables."""

    colour: Colour
    icon: str
    meaning: str


LOOKS: dict[Word, Look] = {
    "runs": Look("green", ":material/check_circle:", "PostgreSQL executed every statement."),
    "runs after repair": Look(
        "orange",
        ":material/build_circle:",
        "PostgreSQL executed it once the listed changes were made.",
    ),
    "fails": Look("red", ":material/error:", "PostgreSQL, or a rule of ours, refused a statement."),
    "not checked": Look("gray", ":material/help:", "No PostgreSQL has judged this script yet."),
}


def verdict_chip(word: Word, detail: str = "") -> None:
    """The chip; `detail` explains it on hover in place of the general meaning."""
    look = LOOKS[word]
    st.badge(word.capitalize(), icon=look.icon, color=look.colour, help=detail or look.meaning)


def report_chip(report: Report | None) -> None:
    """The chip of a report, or "Not checked" without one."""
    if report is None:
        verdict_chip("not checked")
        return
    timing = f" Checked in {report.seconds * 1000:.0f} ms." if report.seconds else ""
    verdict_chip(report.status, LOOKS[report.status].meaning + timing)


def report_line(report: Report | None) -> str:
    """One line of facts: what the script made, how long the check took, or how many errors."""
    if report is None:
        return "Nothing to check yet."
    took = f"checked in {report.seconds * 1000:.0f} ms"
    if not report.valid:
        return f"{_count(len(report.errors), 'error')}, {took}. Ctrl+Enter checks at once."
    tables = report.schema.tables
    columns = sum(len(table.columns) for table in tables)
    return f"{_count(len(tables), 'table')}, {_count(columns, 'column')}, {took}"


def problem_list(report: Report) -> None:
    """Every error once: its line, what PostgreSQL said, what to do. Followers are counted only."""
    first = [problem for problem in report.errors if not problem.follows]
    following = len(report.errors) - len(first)
    for problem in first:
        _problem(problem)
    if following:
        st.caption(f"{_count(following, 'more error')} only follow from the above.")
    for note in report.notes:
        st.caption(plain(note))


def _problem(problem: Problem) -> None:
    code = f" · {problem.sqlstate}" if problem.sqlstate else ""
    with st.container(horizontal=True, gap="small"):
        st.badge(f"Line {problem.line}", icon=LOOKS["fails"].icon, color="red")
        with st.container(gap=None):
            st.text(f"{problem.message}{code}")
            if problem.hint:
                st.caption(plain(problem.hint))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
