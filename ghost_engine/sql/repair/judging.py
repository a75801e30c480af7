"""The loop between repair and judge: a problem, the fixes for it, and which of them helped.

A fix is kept only if its problem is gone, no more problems are left than before, and no table or
column went with it. So the loop makes progress with every round, and ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from ghost_engine.sql.repair.draft import Draft
from ghost_engine.sql.repair.fixes import fixes
from ghost_engine.sql.repair.names import read_names
from ghost_engine.sql.repair.order import put_in_order
from ghost_engine.sql.repair.place import Place
from ghost_engine.sql.repair.statements import makes_table
from ghost_engine.sql.report import TIMEOUT, Problem, Report
from ghost_engine.sql.validate import check

MAX_ROUNDS = 40
MAX_JUDGEMENTS = 120
_FIXES_TRIED = 20  # for one problem


@dataclass
class Judge:
    """`check`, counted; `seen` remembers verdicts so that no script is judged twice."""

    deadline: float
    left: int = MAX_JUDGEMENTS
    seen: dict[str, Report] = field(default_factory=dict)

    @property
    def tired(self) -> bool:
        return self.left <= 0 or time.monotonic() > self.deadline

    def report(self, draft: Draft) -> Report:
        """The verdict on the draft as it stands."""
        sql = draft.sql
        if sql not in self.seen:
            self.left -= 1
            self.seen[sql] = check(sql)
        return self.seen[sql]


def mend_with_judge(draft: Draft, judge: Judge) -> Draft:
    """Fix what the judge reports until the script runs or nothing helps any more."""
    for _ in range(MAX_ROUNDS):
        report = judge.report(draft)
        if report.valid or judge.tired or _is_hopeless(report):
            return draft
        better = _round(draft, report, judge)
        if better is None:
            return draft
        draft = better
    return draft


def _is_hopeless(report: Report) -> bool:
    """A statement that runs into the time limit would cost it again with every try."""
    return any(problem.sqlstate == TIMEOUT for problem in report.errors)


def _round(draft: Draft, report: Report, judge: Judge) -> Draft | None:
    """A draft with fewer problems, or None. Tables come before what is built on them."""
    places = _places(draft, report)
    makers = [place for place in places if makes_table(place.part)]
    views = [place for place in places if "VIEW" in place.part.words.split(" ")[:4]]
    rest = [place for place in places if place not in makers and place not in views]
    for group in (makers, rest, views):
        if not group:
            continue
        better = _all_at_once(draft, report, group, judge) or _one(draft, report, group, judge)
        if better is not None or judge.tired:
            return better
    return None


def _places(draft: Draft, report: Report) -> list[Place]:
    """Each problem that does not just follow from another, with its statement."""
    names = read_names(draft)
    found = []
    for problem in report.errors:
        at = draft.at(_offset(draft.sql, problem))
        if at is not None and not problem.follows:
            found.append(Place(problem, at[0], at[1], names))
    roots = [place for place in found if not _waits(place)]
    return roots or found


def _waits(place: Place) -> bool:
    """True if a table is missing only because its own statement, in the script, failed."""
    said = place.said[0].rsplit(".", 1)[-1] if place.said else ""
    return place.problem.sqlstate == "42P01" and said in place.names.tables


def _offset(sql: str, problem: Problem) -> int:
    offset = 0
    for _ in range(problem.line - 1):
        offset = sql.find("\n", offset) + 1
    return offset + problem.column - 1


def _all_at_once(draft: Draft, report: Report, places: list[Place], judge: Judge) -> Draft | None:
    """The first fix of every statement together: mostly right, and one judgement for all."""
    if len(places) < 2:
        return None
    trial = draft.copy()
    touched: set[int] = set()
    for place in places:
        fix = next(fixes(place), None)
        if fix is not None and place.part.number not in touched:
            fix(trial)
            touched.add(place.part.number)
    return trial if _is_better(draft, trial, report, places, judge) else None


def _one(draft: Draft, report: Report, places: list[Place], judge: Judge) -> Draft | None:
    for place in places:
        for trial in _trials(draft, place):
            if judge.tired:
                return None
            if _is_better(draft, trial, report, [place], judge):
                return trial
    return None


def _trials(draft: Draft, place: Place) -> Iterator[Draft]:
    for fix in islice(fixes(place), _FIXES_TRIED):
        trial = draft.copy()
        fix(trial)
        if trial.sql != draft.sql:
            yield trial


def _is_better(
    draft: Draft, trial: Draft, report: Report, places: list[Place], judge: Judge
) -> bool:
    if not trial.parts or _lost(draft, trial):
        return False
    put_in_order(trial)
    after = judge.report(trial)
    if after.valid:
        return True
    left = {_key(place): _behind(place) for place in _places(trial, after)}
    gone = all(left.get(_key(place), -1) < _behind(place) for place in places)
    return gone and len(after.errors) <= len(report.errors)


def _behind(place: Place) -> int:
    """How much of the statement stands behind the error: less is further."""
    return len(place.part.text) - place.offset


def _key(place: Place) -> tuple[int, str | None, str]:
    return place.part.number, place.problem.sqlstate, place.problem.message


def _lost(draft: Draft, trial: Draft) -> bool:
    """True if a table or a column of `draft` is gone."""
    before, after = read_names(draft).tables, read_names(trial).tables
    return any(set(columns) - set(after.get(name, ())) for name, columns in before.items()) or (
        not before.keys() <= after.keys()
    )
