"""How the files were proven: one chip, every check folded, and what the model wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import streamlit as st

from app.components.amounts import NO_NUMBER
from app.components.verdict import LOOKS, Look, Word, verdict_chip
from app.components.words import plain
from ghost_engine.export.result import Answer, Check, Export, Made

Proof = Literal["Verified", "Not verified", "Not checked"]
_LOOKS: dict[Proof, Look] = {
    "Verified": Look("green", LOOKS["runs"].icon, "Every check passed; they are listed below."),
    "Not verified": Look("red", LOOKS["fails"].icon, "A check failed; it is named below."),
    "Not checked": Look("gray", LOOKS["not checked"].icon, "Nothing was looked at."),
}
_SQL_HEIGHT = 220


def chip(checks: Sequence[Check]) -> None:
    """The verdict on a file, or on all of them."""
    word = verdict(checks)
    look = _LOOKS[word]
    st.badge(word, icon=look.icon, color=look.colour, help=look.meaning)


def verdict(checks: Iterable[Check]) -> Proof:
    """What the checks come to."""
    passed = [check.passed for check in checks]
    if not passed:
        return "Not checked"
    return "Verified" if all(passed) else "Not verified"


def checks_of(made: Export, file: Made) -> tuple[Check, ...]:
    """The checks of one file."""
    names = {file.path, file.part} - {""}
    return tuple(check for check in made.checks if check.file in names)


def draw(made: Export) -> None:
    """The checks by file, those that failed open; then the answers."""
    st.subheader("Proof", anchor=False)
    for name in dict.fromkeys(check.file for check in made.checks):
        checks = [check for check in made.checks if check.file == name]
        failed = sum(not check.passed for check in checks)
        look = _LOOKS[verdict(checks)]
        count = f"{failed} of {len(checks)} failed" if failed else f"{len(checks)} passed"
        label = f"{plain(name or 'All files')} · :{look.colour}[{look.icon} {count}]"
        with st.expander(label, expanded=failed > 0):
            st.markdown(table(checks))
    for answer in made.answers:
        _draw_answer(answer)


def table(checks: Iterable[Check]) -> str:
    """The checks as a table: passed or not, what was measured, what it may be."""
    rows = [
        f"| {_sign(check)} | {_name(check)} | {_number(check.value)} | {_number(check.limit)} |"
        f" {_cell(check.detail)} |"
        for check in checks
    ]
    return "\n".join(["| | Check | Measured | Limit | |", "|--|:--|--:|--:|:--|", *rows])


def _draw_answer(answer: Answer) -> None:
    word: Word = "not checked" if answer.valid is None else "runs" if answer.valid else "fails"
    look = LOOKS[word]
    label = f"What {plain(answer.file)} wrote · :{look.colour}[{look.icon} {word}]"
    with st.expander(label):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            verdict_chip(word, plain(answer.error) if answer.error else "")
            st.caption(plain(_pace(answer)))
        if answer.error:
            st.text(answer.error)
        if answer.sql.strip():
            st.code(answer.sql, language="sql", height=_SQL_HEIGHT, wrap_lines=True)
        else:
            st.caption("It wrote nothing that is text.")


def _pace(answer: Answer) -> str:
    speed = f"{answer.tokens_per_second:,.1f} tokens/s" if answer.tokens_per_second else ""
    cut = "cut there: the longest text of a proof" if answer.cut else ""
    return " · ".join(part for part in (f"{answer.tokens:,} tokens", speed, cut) if part)


def _sign(check: Check) -> str:
    colour, icon = ("green", LOOKS["runs"].icon) if check.passed else ("red", LOOKS["fails"].icon)
    return f":{colour}[{icon}]"


def _name(check: Check) -> str:
    """On one line, however narrow the page: the details may wrap."""
    return _cell(check.name).replace(" ", "\u00a0")


def _cell(text: str) -> str:
    return plain(" ".join(text.split()))


def _number(value: float | None) -> str:
    return NO_NUMBER if value is None else plain(f"{value:.4g}")
