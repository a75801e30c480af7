"""`preview_all`: corrections tried on many scripts, with the judge's word before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ghost_engine.sql.corrections.applying import preview
from ghost_engine.sql.corrections.correction import Correction
from ghost_engine.sql.validate import check


@dataclass(frozen=True, slots=True)
class Preview:
    """What corrections would make of one script.

    `runs_before` and `runs_after` are the judge's verdicts, None when nobody asked. A preview with
    `runs_before and not runs_after` should not be applied.
    """

    id: str
    before: str
    after: str
    runs_before: bool | None
    runs_after: bool | None
    words: tuple[str, ...]


def preview_all(
    corrections: Correction | Sequence[Correction],
    scripts: Iterable[tuple[str, str]],
    judge: bool = True,
) -> Iterator[Preview]:
    """Try corrections, one after the other, on each (id, SQL); yields those that they change.

    Equal scripts are worked out and judged once, however often they come.

    Args:
        judge: ask PostgreSQL about each changed script, as it was and as it would be.

    Raises:
        SandboxError: no PostgreSQL can be had to judge them.
    """
    wanted = (corrections,) if isinstance(corrections, Correction) else tuple(corrections)
    seen: dict[str, Preview | None] = {}
    for name, sql in scripts:
        if sql not in seen:
            seen[sql] = _preview(wanted, sql, judge)
        found = seen[sql]
        if found is not None:
            yield Preview(name, sql, found.after, found.runs_before, found.runs_after, found.words)


def _preview(corrections: Sequence[Correction], sql: str, judge: bool) -> Preview | None:
    text = sql
    words: list[str] = []
    for correction in corrections:
        change = preview(correction, text)
        if change is not None:
            text = change.sql
            words += change.words
    if text == sql:
        return None
    was, now = (check(sql).valid, check(text).valid) if judge else (None, None)
    return Preview("", sql, text, was, now, tuple(words))
