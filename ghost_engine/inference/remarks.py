"""What a model is shown of its own script, and told of it, when it is no use.

In bounds: a small model has little room beside the picture. Nothing is asked or judged here.
"""

from __future__ import annotations

from ghost_engine import prompts
from ghost_engine.inference.protocol import Attempt, Draft, Turn
from ghost_engine.sql import Problem, Report
from ghost_engine.sql.lexer import tokenize
from ghost_engine.sql.script import read_script

_MOST_ERRORS = 8
_LONGEST_ERROR = 300  # characters
_LONGEST_SCRIPT = 20_000  # characters; a longer one would fill a small model's context


def clean(answer: str, cut: bool = False) -> str:
    """The script in a model's answer, without what stands round it; one that was cut off ends
    with its last whole statement."""
    script = read_script(answer)
    sql = script.sql
    if cut:
        ends = [token.end for token in tokenize(sql) if token.text == ";"]
        sql = sql[: ends[-1]] if ends else ""
    if not script.notes:
        return sql
    return "\n".join(line.rstrip() for line in sql.splitlines()).strip("\n")


def turn_about(draft: Draft, shown: Attempt) -> Turn | None:
    """What the model wrote, and what is wrong with it; None where there is nothing to show.

    Args:
        draft: its answer.
        shown: the script that is spoken of: made from that answer, as it came or mended.
    """
    answer = draft.answer or shown.sql
    if shown.report is None or len(answer) > _LONGEST_SCRIPT:
        return None
    errors = [_described(problem, shown.sql) for problem in own_errors(shown.report)]
    more = [f"and {len(errors) - _MOST_ERRORS} more"] if len(errors) > _MOST_ERRORS else []
    remark = prompts.correction([*errors[:_MOST_ERRORS], *more], cut=draft.cut)
    return Turn(_unmarked(answer), _unmarked(remark))


def _unmarked(text: str) -> str:
    """Without the marks of the chat, which a tokenizer would read as a turn."""
    while mark := prompts.mark_in(text):
        text = text.replace(mark, "")
    return text


def own_errors(report: Report) -> list[Problem]:
    """Without those that only repeat an earlier one."""
    return [problem for problem in report.errors if not problem.follows]


def _described(problem: Problem, sql: str) -> str:
    lines = sql.splitlines()
    here = lines[problem.line - 1].strip() if 0 < problem.line <= len(lines) else ""
    quoted = f" in `{here[:_LONGEST_ERROR]}`" if here else ""
    said = " ".join(filter(None, (problem.message, problem.hint)))
    return f"line {problem.line}{quoted}: {said[:_LONGEST_ERROR]}"


def reason_in_short(attempt: Attempt) -> str:
    """Why it is not good enough, in a few words."""
    errors = own_errors(attempt.report) if attempt.report else []
    return errors[0].message if errors else "it makes no table"
