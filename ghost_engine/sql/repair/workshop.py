"""`repair(script) -> Repair`: the passes in their order, then the loop with the judge.

A script that runs is returned as it is. Any other goes through: characters, statements, noise,
each statement's dialect, PostgreSQL's parser, duplicates, order, and then the judge's own errors
one by one. What cannot be mended stays in the script and in `after.errors`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from ghost_engine.sql.postgres import Box
from ghost_engine.sql.repair.alters import mend_alter
from ghost_engine.sql.repair.calls import mend_calls
from ghost_engine.sql.repair.draft import Draft, Part, change, without_blank_lines
from ghost_engine.sql.repair.duplicates import mend_duplicates
from ghost_engine.sql.repair.judging import Judge, mend_with_judge
from ghost_engine.sql.repair.lexis import clean
from ghost_engine.sql.repair.names import read_names
from ghost_engine.sql.repair.order import put_in_order
from ghost_engine.sql.repair.outcome import Change, Repair
from ghost_engine.sql.repair.splitting import split
from ghost_engine.sql.repair.statements import (
    drop_bulk,
    drop_noise,
    drop_refused,
    mend_opening,
    mend_statement,
)
from ghost_engine.sql.repair.syntax import mend_syntax
from ghost_engine.sql.repair.tables import mend_repeats, mend_table
from ghost_engine.sql.report import Report
from ghost_engine.sql.rules import MAX_STATEMENTS, script_size
from ghost_engine.sql.script import Script, read_script
from ghost_engine.sql.validate import check, with_retries

_SECONDS = 3.0  # after which no further change is tried
_MOST_STATEMENTS = 2 * MAX_STATEMENTS  # some may be duplicates
_PASSES = 3  # over a script that still does not run, until nothing changes any more


def repair(script: str) -> Repair:
    """Mend `script` so that PostgreSQL runs it, and say what was changed.

    Deterministic. A script that runs is returned byte for byte. No table and no column that can be
    read in the script is given up; what cannot be mended stays, and `after` says why. Repairing a
    repaired script changes nothing.

    Raises:
        SandboxError: no PostgreSQL can be had to judge it.
    """
    before = check(script)
    if before.valid or script_size(script) is not None:
        return Repair(script, (), before, before)
    mended = _settled(script, before, Judge(time.monotonic() + _SECONDS))
    if mended is None or not mended.changes:
        return Repair(script, (), before, before)
    return Repair(mended.sql, mended.changes, before, mended.report)


@dataclass(frozen=True, slots=True)
class _Mended:
    """One way through all passes. `origins` gives each line's line in the text before it."""

    sql: str
    changes: tuple[Change, ...]
    report: Report
    origins: tuple[int, ...]


def _settled(script: str, before: Report, judge: Judge) -> _Mended | None:
    """The repair of `script`, gone over again until a further repair would change nothing.

    None if there is nothing to repair, or if it does not settle in time: half a repair would go on
    the next time it is asked for.
    """
    first = _mend(script, before, judge)
    if first is None or first.report.valid:
        return first
    mended = first
    for _ in range(_PASSES):
        if judge.tired:
            return None
        again = _mend(mended.sql, mended.report, judge)
        if again is None or again.sql == mended.sql:
            return mended
        mended = _after(mended, again)
        if mended.report.valid:
            return mended
    return None


def _after(first: _Mended, second: _Mended) -> _Mended:
    """Both passes as one; the second's changes point into the first's script."""
    origins = first.origins
    back = [origins[min(line, len(origins)) - 1] for line in second.origins]
    changes = [
        replace(item, line=origins[min(item.line, len(origins)) - 1]) for item in second.changes
    ]
    return _Mended(second.sql, (*first.changes, *changes), second.report, tuple(back))


def _mend(script: str, before: Report, judge: Judge) -> _Mended | None:
    draft = _read(script)
    for part in list(draft.parts):
        mend_opening(draft, part)
    drop_noise(draft)
    drop_bulk(draft)
    if len(draft.parts) > _MOST_STATEMENTS:
        return None  # the judge would refuse them whatever they say
    _translate(draft, script)
    drop_refused(draft)
    draft = _trimmed(_parsed(draft, judge.deadline))
    if not draft.parts:
        return None
    for part in list(draft.parts):
        mend_repeats(draft, part)
    mend_duplicates(draft)
    put_in_order(draft)
    draft = mend_with_judge(draft, judge)
    report = judge.report(draft)
    if draft.sql == script:
        return _Mended(script, (), before, draft.origins)
    changes = sorted(draft.changes, key=lambda item: item.line)
    return _Mended(draft.sql, tuple(changes), report, draft.origins)


def _read(text: str) -> Draft:
    """The statements of `text`, foreign characters cleaned, prose left out."""
    script: Script = read_script(text)
    changes = [change(note, "", "", 1) for note in script.notes]
    whole = Part(script.sql, tuple(range(1, script.sql.count("\n") + 2)))
    for edits in clean(script.sql):
        whole, made = whole.edited(edits)
        changes += made
    draft = split(whole.text, whole.lines)
    draft.changes[:0] = changes
    return draft


def _trimmed(draft: Draft) -> Draft:
    """Without the blank lines that prose or a dropped statement left at the beginning."""
    if draft.parts:
        draft.parts[0] = without_blank_lines(draft.parts[0])
    return draft


def _translate(draft: Draft, script: str) -> None:
    """Every statement out of its dialect into PostgreSQL's."""
    names = read_names(draft, script)
    steps: tuple[Callable[[Draft, Part], object], ...] = (
        mend_calls,
        mend_statement,
        lambda draft, part: mend_alter(draft, part, names),
        lambda draft, part: mend_table(draft, part, names),
    )
    for step in steps:
        for part in list(draft.parts):
            if part.tokens:
                step(draft, part)


def _parsed(draft: Draft, deadline: float) -> Draft:
    """The draft after PostgreSQL's parser has seen every statement of it."""

    def work(box: Box) -> Draft:
        trial = draft.copy()
        mend_syntax(trial, box, deadline)
        return trial

    return with_retries(work)
