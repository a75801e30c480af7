"""What lint says: an `Advice`, and behind it the edits of the script that would follow it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice on a script that runs.

    `table` is the qualified name, `column` one name, several joined by ", ", or None. `line` counts
    from 1. `fix` is what `apply_fix` would write, in a few words or as SQL; None where only a
    person can decide.
    """

    rule: str
    message: str
    table: str
    column: str | None
    line: int
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `text[start:end]` of the script by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """An advice and the ways to follow it, best first; each is a set of edits that belong together.

    `adds` is the column that the fix adds to the table, if it does.
    """

    advice: Advice
    ways: tuple[tuple[Edit, ...], ...] = ()
    adds: str | None = None


def edited(script: str, edits: tuple[Edit, ...]) -> str:
    """The script with every edit made; all else stays as it is, letter by letter."""
    for edit in reversed(sorted(edits, key=lambda each: each.start)):  # of equals the last first
        script = script[: edit.start] + edit.text + script[edit.end :]
    return script
