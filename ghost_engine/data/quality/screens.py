"""The schema against the text of its screen: columns that are not seen, labels without a column.

The lines that OCR read go in; faults come out. Both are hints for a curator, not verdicts: icons,
abbreviations and synonyms hide columns, so a column counts as seen when any line resembles any
telling part of its name. Labels are only taken where text alone is sure of them: the heads of
columns of text, and texts that end in a colon or an asterisk. On 15 real screens with marked
columns, 80 % of those marked visible count as seen, and half of those said to be absent are: the
others are shown without words of their own, as pictures, dots or values alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ghost_engine.data.quality.judging import Fault, Field
from ghost_engine.ocr.lines import Line

_ALIKE = 82  # rapidfuzz ratio of two words, 0 to 100: one wrong letter in six
_LONGEST_LABEL = 4  # words
_BODY_ROWS = 2  # lines of text under a head before it counts as a table's
_LEAST_HEADS = 3
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class _Words:
    silent: frozenset[str]
    hidden: frozenset[str]
    plain: frozenset[str]
    actions: frozenset[str]
    same: tuple[frozenset[str], ...]


def compare_with_screen(fields: Sequence[Field], lines: Sequence[Line]) -> Iterator[Fault]:
    """Columns that no text resembles, and labels that no column resembles."""
    seen = frozenset(word for line in lines for word in split_words(line.text))
    for field in fields:
        if not (field.is_key or field.column.lower() in _words().hidden or _shown(field, seen)):
            name = f"{field.table}.{field.column}"
            message = f"No text on the screen resembles {name}."
            yield Fault("column-not-on-screen", message, about=name)
    named = frozenset(
        word for field in fields for word in split_words(f"{field.table} {field.column}")
    )
    for label in find_labels(lines):
        words = split_words(label)
        if not any(_resembles(word, named) for word in words):
            yield Fault("label-without-column", f'No column resembles "{label}".', about=label)


def split_words(name: str) -> tuple[str, ...]:
    """The words of a name or a text in lower case: snake_case, camelCase and blanks part them."""
    return tuple(word.lower() for word in _WORD.findall(_CAMEL.sub(" ", name)))


def find_labels(lines: Sequence[Line]) -> tuple[str, ...]:
    """Texts that label data, in the order of the lines, each once."""
    heads = {id(line) for row in _rows(lines) for line in _heads(row, lines)}
    labels: dict[str, None] = {}
    for line in lines:
        text = line.text.strip()
        if (text.endswith((":", "*")) and len(text) > 3) or id(line) in heads:
            label = text.rstrip(":* ").strip()
            if _is_label(label):
                labels.setdefault(label)
    return tuple(labels)


def _shown(field: Field, seen: frozenset[str]) -> bool:
    parts = split_words(field.column)
    telling = [each for each in parts if each not in _words().silent]
    if all(each in _words().plain for each in telling):  # the screen says Customer, not Name
        telling += [each for each in split_words(field.table) if len(each) > 1]
    return any(_resembles(part, seen) for part in telling or parts)


def _resembles(word: str, others: frozenset[str]) -> bool:
    """True if one of the others is the word, a synonym, nearly spelt so, or begins the same."""
    if _synonyms(word) & others:
        return True
    if len(word) < 4:
        return False
    from rapidfuzz import fuzz, process

    if process.extractOne(word, others, scorer=fuzz.ratio, score_cutoff=_ALIKE):
        return True
    return any(len(each) >= 4 and (each in word or word in each) for each in others)


@lru_cache(maxsize=10_000)
def _synonyms(word: str) -> frozenset[str]:
    single = word.removesuffix("s")
    forms = {word, single, word + "s"}
    return frozenset(forms.union(*(group for group in _words().same if forms & group)))


def _is_label(label: str) -> bool:
    words = split_words(label)
    told = label.lower() in _words().actions or not any(
        len(word) > 1 and word.isalpha() for word in words
    )
    return 0 < len(words) <= _LONGEST_LABEL and not told


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines of text that stand side by side."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: (each.box[1] + each.box[3], each.box[0])):
        middle = (line.box[1] + line.box[3]) / 2
        last = rows[-1][0].box if rows else None
        if last is not None and last[1] <= middle <= last[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _heads(row: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """The row, if it is the head of a table: nothing in it is data, and columns stand below."""
    if len(row) < _LEAST_HEADS or any(mark.isdigit() for each in row for mark in each.text):
        return []
    bodies = {id(head): _below(head, lines) for head in row}
    heads = [head for head in row if len(bodies[id(head)]) >= _BODY_ROWS]
    heads = [head for head in heads if _LEAST_HEADS <= _level(head, heads, bodies)]
    titled = sum(any(_is_over(head, other) for other in lines) for head in heads)
    return [] if titled > len(heads) / 2 else heads  # else it is a table's first row


def _below(head: Line, lines: Sequence[Line]) -> list[Line]:
    """Lines that begin or end where the head does, none far from the one above it."""
    reach = 4 * (head.box[3] - head.box[1])
    column: list[Line] = []
    bottom = head.box[3]
    for line in sorted(lines, key=lambda each: each.box[1]):
        if bottom <= line.box[1] <= bottom + reach and _aligned(head, line):
            column.append(line)
            bottom = line.box[3]
    return column


def _level(head: Line, heads: Sequence[Line], bodies: Mapping[int, list[Line]]) -> int:
    """How many of the heads, this one too, have their first line on the same height."""
    top, height = bodies[id(head)][0].box[1], head.box[3] - head.box[1]
    return sum(abs(bodies[id(each)][0].box[1] - top) <= height for each in heads)


def _is_over(head: Line, other: Line) -> bool:
    """True if `other` stands right above."""
    gap = head.box[1] - other.box[3]
    return 0 <= gap <= 4 * (head.box[3] - head.box[1]) and _aligned(head, other)


def _aligned(first: Line, second: Line) -> bool:
    height = first.box[3] - first.box[1]
    near = max(4, height // 2)
    return abs(first.box[0] - second.box[0]) <= near or abs(first.box[2] - second.box[2]) <= near


@lru_cache(maxsize=1)
def _words() -> _Words:
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return _Words(
        frozenset(told["silent"]),
        frozenset(told["hidden"]),
        frozenset(told["plain"]),
        frozenset(told["actions"]),
        tuple(frozenset(group) for group in told["same"]),
    )
