"""The script while it is being repaired: statements with places, and the changes made so far.

A `Part` is one statement with the comments before it. Its text is changed by `Edit`s at exact
offsets, so that layout and comments stay; each of its lines remembers the line of the given script
it came from, so that a change can point there however often the text was changed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count

from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.repair.outcome import Change

_QUOTED_CHARACTERS = 200
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in place of `[start:end]`. An edit without a reason is tidying, not a change."""

    start: int
    end: int
    text: str
    reason: str = ""


@dataclass(frozen=True)
class Part:
    """One statement without its semicolon, comments before it included.

    `lines[n]` is the line of the given script that line n of `text` came from; `tail` is a comment
    behind the semicolon on the same line. `number` identifies the part through all its edits.
    """

    text: str
    lines: tuple[int, ...]
    tail: str = ""
    number: int = field(default_factory=lambda: next(_numbers))

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        return tuple(tokenize(self.text))

    @cached_property
    def words(self) -> str:
        """The first words, upper case, a blank between them."""
        return " ".join(token.key for token in self.tokens[:40])

    @property
    def start(self) -> int:
        """Where the statement itself begins in `text`."""
        return self.tokens[0].start if self.tokens else len(self.text)

    def line(self, offset: int) -> int:
        """The line of the given script that `offset` stands on."""
        return self.lines[min(self.text.count("\n", 0, offset), len(self.lines) - 1)]

    def edited(self, edits: Iterable[Edit]) -> tuple[Part, list[Change]]:
        """The part with `edits` applied (of two that overlap the first), and the changes."""
        texts: list[str] = []
        lines = [self.lines[0]]
        changes: list[Change] = []
        at = 0
        for edit in sorted(set(edits), key=lambda edit: (edit.start, edit.end)):
            if edit.start < at:
                continue
            before = self.text[edit.start : edit.end]
            if edit.reason:
                blank = len(before) - len(before.lstrip()) if before.strip() else 0
                line = self.line(edit.start + blank)
                changes.append(change(edit.reason, before, edit.text, line))
            lines += self._kept_lines(at, edit.start)
            lines += [self.line(edit.start)] * edit.text.count("\n")
            texts += [self.text[at : edit.start], edit.text]
            if "\n" in before:
                lines[-1] = self.line(edit.end) if not edit.text else lines[-1]
            at = edit.end
        lines += self._kept_lines(at, len(self.text))
        return replace(self, text="".join(texts) + self.text[at:], lines=tuple(lines)), changes

    def _kept_lines(self, start: int, end: int) -> tuple[int, ...]:
        first = self.text.count("\n", 0, start)
        return self.lines[first + 1 : first + 1 + self.text.count("\n", start, end)]


def without_blank_lines(part: Part) -> Part:
    """`part` less the blank lines at its beginning."""
    kept = part.text.lstrip()
    gone = part.text[: len(part.text) - len(kept)].count("\n")
    return replace(part, text=kept, lines=part.lines[gone:])


def change(reason: str, before: str, after: str, line: int) -> Change:
    """A `Change` with its texts stripped and cut."""
    return Change(reason, _cut(before), _cut(after), line)


def _cut(text: str) -> str:
    stripped = text.strip()
    if len(stripped) <= _QUOTED_CHARACTERS:
        return stripped
    return stripped[: _QUOTED_CHARACTERS - 1] + "…"


@dataclass
class Draft:
    """The parts in order, what follows the last one, and the changes so far."""

    parts: list[Part]
    ending: str = ""
    changes: list[Change] = field(default_factory=list)
    near: int = field(default=0, repr=False)  # where the last part was found

    def copy(self) -> Draft:
        return Draft(list(self.parts), self.ending, list(self.changes))

    @property
    def sql(self) -> str:
        """The script as it stands."""
        return "".join(f"{part.text};{part.tail}" for part in self.parts) + self.ending

    @property
    def origins(self) -> tuple[int, ...]:
        """For each line of `sql`, the line of the given script it came from."""
        lines: list[int] = [1]
        for part in self.parts:
            lines += part.lines[1:]
            if part.lines and len(lines) == 1:
                lines[0] = part.lines[0]
        return (*lines, *(lines[-1:] * self.ending.count("\n")))

    def find(self, number: int) -> int | None:
        """The position of part `number`, or None if it is gone."""
        for index in (self.near, self.near + 1):  # passes go through the parts in order
            if index < len(self.parts) and self.parts[index].number == number:
                self.near = index
                return index
        found = next((i for i, part in enumerate(self.parts) if part.number == number), None)
        self.near = found or 0
        return found

    def at(self, offset: int) -> tuple[Part, int] | None:
        """The part that holds character `offset` of `sql`, and the offset inside it."""
        ends: list[int] = []
        end = 0
        for part in self.parts:
            end += len(part.text) + 1 + len(part.tail)
            ends.append(end)
        index = bisect_right(ends, offset)
        if index >= len(self.parts):
            return None
        begin = ends[index - 1] if index else 0
        return self.parts[index], min(offset - begin, len(self.parts[index].text))

    def edit(self, part: Part, edits: Sequence[Edit]) -> Part:
        """Change `part` where it stands; returns its new form."""
        index = self.find(part.number) if edits else None
        if index is None:
            return part
        self.parts[index], changes = self.parts[index].edited(edits)
        self.changes += changes
        return self.parts[index]

    def drop(self, part: Part, reason: str) -> None:
        """Take `part` out with the comments before it; only a script's first comment stays."""
        index = self.find(part.number)
        if index is None:
            return
        gone = self.parts.pop(index)
        if index == 0 and self.parts and gone.text[: gone.start].strip():
            self._keep_heading(gone)
        self.changes.append(change(reason, gone.text[gone.start :], "", gone.line(gone.start)))

    def add(self, text: str, reason: str, near: Part, after: bool = True, before: str = "") -> None:
        """A new statement right after (or before) `near`, or at the end if `near` is gone.

        Args:
            before: the text it replaces, for the record; already removed by somebody else.
        """
        index = self.find(near.number)
        line = near.line(near.start)
        place = len(self.parts) if index is None else index + after
        if place == 0:
            self._make_room(line)
        self.parts.insert(place, Part("\n" + text if place else text, _same_lines(text, line)))
        if reason:
            self.changes.append(change(reason, before, text, line))

    def _keep_heading(self, gone: Part) -> None:
        heading, first = gone.text[: gone.start].rstrip(), self.parts[0]
        lines = gone.lines[: heading.count("\n") + 1]
        text = heading + "\n" + first.text.lstrip("\n")
        skipped = len(first.text) - len(first.text.lstrip("\n"))
        self.parts[0] = replace(first, text=text, lines=lines + first.lines[skipped:])

    def _make_room(self, line: int) -> None:
        """Have the first statement begin on a line of its own."""
        first = self.parts[0]
        if not first.text.startswith("\n"):
            text, lines = "\n" + first.text, (first.lines[0], *first.lines)
            self.parts[0] = replace(first, text=text, lines=lines)


def _same_lines(text: str, line: int) -> tuple[int, ...]:
    return (line,) * (text.count("\n") + 2)


_COMMENT_ONLY = re.compile(r"[ \t]*(?:--[^\n]*|/\*(?:[^*\n]|\*(?!/))*\*/[ \t]*)(?=\n|\Z)")


def same_line_comment(text: str, offset: int) -> int:
    """The end of a comment that stands alone between `offset` and the end of the line."""
    match = _COMMENT_ONLY.match(text, offset)
    return match.end() if match else offset
