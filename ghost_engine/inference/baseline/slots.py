"""What repeated blocks say: the same slots in each, a label for each slot, its values.

A text that stands in many blocks at the left of a row, before a colon or over another text, is a
label; so is the noun of "6 votes". What has no label is told apart by its place and its kind: the
title, what stands beside it, the line below it, dates, addresses, chips.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from ghost_engine.inference.baseline.blocks import Block, cut_at_dots
from ghost_engine.inference.baseline.labels import is_action, is_label, plain_label
from ghost_engine.inference.baseline.texts import Row, Text, union_box
from ghost_engine.inference.baseline.things import load_words
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.sql.nouns import singular

Role = str  # "title", "beside", "below", "chips", or a kind of value
NEARLY_FULL = 0.6  # of the block's width: a line that long goes on below
MAX_LABEL_WORDS = 3  # before a value in one text
RARE = 0.34  # of the commonest label's count: two chips side by side are no label and value
SAME_LABEL = 0.6  # of the blocks: a text over another that often is its label

_INITIALS = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þl]{0,2}")  # an I is often read as an l
_COLON = re.compile(r"([^\W\d_][^:]{1,28}): ?([^/\s].*)")
_COUNTED = re.compile(r"(\d[\d.,]*[kKmM]?\+?) ([^\W\d_]{4,16})")


@dataclass(frozen=True, slots=True)
class Part:
    """One value of one block. `label` is None where none stands there; then `role` tells."""

    role: Role
    text: Text
    label: str | None = None


@dataclass(frozen=True, slots=True)
class _Labels:
    """The labels of a group, lower case, by where their values stand."""

    left: frozenset[str]
    above: frozenset[str]
    counted: frozenset[str]
    inside: frozenset[str]  # in one text with their value
    looks: tuple[Text, ...]  # one of each of the left ones


def read_parts(blocks: Sequence[Block]) -> tuple[tuple[Part, ...], ...]:
    """The parts of each block, in the order they stand."""
    blocks = [cut_at_dots(block) for block in blocks]
    often = Counter(text.text for block in blocks for text in block.texts)
    rare = {text for text, count in often.items() if count <= max(1, len(blocks) / 3)}
    blocks = [replace(block, texts=_without_initials(block, rare)) for block in blocks]
    labels = _find_labels(blocks)
    parts = [_parts(block, labels) for block in blocks]
    chips = {text for own in parts for part in own if part.role == "chips" for text in _each(part)}
    return tuple(_with_chips(own, chips) for own in parts)


def _each(part: Part) -> Sequence[str]:
    return part.text.text.split(", ")


def _with_chips(parts: Sequence[Part], chips: Container[str]) -> tuple[Part, ...]:
    """The parts, a single chip known as such told as one, and the rows of one block's as one."""
    told: list[Part] = []
    for part in parts:
        chip = part.role == "chips" or (part.role in ("text", "below") and part.text.text in chips)
        own = next((n for n, other in enumerate(told) if other.role == "chips"), None)
        if chip and own is not None:
            told[own] = replace(told[own], text=_joined((told[own].text, part.text), ", "))
        else:
            told.append(replace(part, role="chips") if chip else part)
    return tuple(told)


def _find_labels(blocks: Sequence[Block]) -> _Labels:
    left: Counter[str] = Counter()
    above: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    looks: dict[str, Text] = {}
    beside, apart = _stand_beside(blocks), _are_set_apart(blocks)
    for block in blocks:
        rows = block.rows
        for number, row in enumerate(rows):
            chips = apart and len(row) >= 2 and _are_chips(row)
            if not beside and not chips and _is_pair(row) and (number or len(rows) == 1):
                left[_key(row[0])] += 1
                looks.setdefault(_key(row[0]), row[0])
            below = rows[number + 1] if number + 1 < len(rows) else ()
            if len(row) == 1 and below and _may_be_label(row[0]) and not _is_pair(below):
                above[_key(row[0])] += 1
            for text in row:
                match = _COUNTED.fullmatch(text.text)
                if match:
                    counted[singular(match[2].lower())] += 1
                if number and (split := _split(text)):
                    inside[split[0].lower()] += 1
    often = max(2, SAME_LABEL * len(blocks))
    least = max(2, RARE * max(left.values(), default=0))
    confirmed = frozenset(key for key, count in left.items() if count >= least)
    return _Labels(
        confirmed,
        frozenset(key for key, count in above.items() if count >= often),
        frozenset(key for key, count in counted.items() if count >= 2),
        confirmed | {key for key, count in inside.items() if count >= 2},
        tuple(looks[key] for key in sorted(confirmed)),
    )


def _is_pair(row: Row) -> bool:
    return len(row) >= 2 and _may_be_label(row[0])


def _stand_beside(blocks: Sequence[Block]) -> bool:
    """Whether each block has one pair at most, of values of one kind behind words that differ:
    those are values beside values, as a project and its date are."""
    pairs = [[row for row in block.rows[1:] if _is_pair(row)] for block in blocks]
    only = [rows[0] for rows in pairs if rows]
    words = {_key(row[0]) for row in only}
    kinds = {kind_of_value(row[1].text) for row in only}
    return max(map(len, pairs), default=0) == 1 and len(words) >= 3 and len(kinds) == 1


def _are_chips(row: Row) -> bool:
    """Whether two texts are words set alike, as no label and its value are."""
    return _is_chip(row[0]) and _is_chip(row[1]) and looks_like(row[1], row[0])


def _are_set_apart(blocks: Sequence[Block]) -> bool:
    """Whether most labels are set unlike their values; then what is set alike is no pair."""
    pairs = [row for block in blocks for row in block.rows[1:] if _is_pair(row)]
    return 2 * sum(not looks_like(row[1], row[0]) for row in pairs) > len(pairs)


def _may_be_label(text: Text) -> bool:
    return is_label(text.text) and not is_action(text.text)


def _key(text: Text) -> str:
    return plain_label(text.text).lower()


def _without_initials(block: Block, rare: Container[str]) -> tuple[Text, ...]:
    """The texts but for the letters of an avatar: one to three capitals left of something."""
    return tuple(
        text
        for text in block.texts
        if not _INITIALS.fullmatch(text.text)
        or text.text not in rare
        or not any(
            other.box[0] > text.box[2] and abs(other.center_y - text.center_y) < 1.6 * text.height
            for other in block.texts
        )
    )


def _parts(block: Block, labels: _Labels) -> tuple[Part, ...]:
    parts: list[Part] = []
    free: list[Row] = []
    rows = list(block.rows)
    over: Text | None = None  # the label the next row is below
    last_end = 0.0  # where the label of the row above ends, if it had one
    for row in rows:
        if over is not None:
            parts.append(Part("labelled", row[0], plain_label(over.text)))
            row, over = row[1:], None
        elif len(row) == 1 and _key(row[0]) in labels.above:
            over = row[0]
            continue
        elif _is_labelled(row, labels):
            parts.append(Part("labelled", _joined(row[1:]), plain_label(row[0].text)))
            last_end = row[0].box[2]
            continue
        elif last_end and row[0].box[0] > last_end and parts:
            parts[-1] = replace(parts[-1], text=_joined((parts[-1].text, *row)))
            continue
        last_end = 0.0
        rest: list[Text] = []
        for text in row:
            known = _self_labelled(text, labels)
            if known is not None:
                parts.append(known)
            else:
                rest.append(text)
        if rest:
            free.append(tuple(rest))
    return (*_unlabelled(free, block), *parts)


def _is_labelled(row: Row, labels: _Labels) -> bool:
    if len(row) < 2 or not _may_be_label(row[0]):
        return False
    if _key(row[0]) in labels.left:
        return True
    like = any(looks_like(row[0], seen) for seen in labels.looks)
    return like and not _are_chips(row)


def looks_like(one: Text, other: Text) -> bool:
    """Whether two texts are set alike."""
    ink = max(abs(a - b) for a, b in zip(one.look.ink, other.look.ink, strict=True))
    return (
        abs(one.size - other.size) <= 0.09 * other.size + 0.5
        and ink <= 40
        and abs(one.look.weight - other.look.weight) <= 0.3 * max(other.look.weight, 0.01)
    )


def _self_labelled(text: Text, labels: _Labels) -> Part | None:
    """A text that carries its own label: "Due: 3 May", "6 votes", "Price $4"."""
    counted = _COUNTED.fullmatch(text.text)
    if counted and singular(counted[2].lower()) in labels.counted:
        name = singular(counted[2].lower())
        return Part("counted", replace(text, text=counted[1]), f"{name} count")
    split = _split(text)
    if split and split[0].lower() in labels.inside:
        return Part("labelled", replace(text, text=split[1]), split[0])
    return None


def _split(text: Text) -> tuple[str, str] | None:
    """The label and the value of a text that holds both; a colon, or data after words."""
    colon = _COLON.fullmatch(text.text)
    if colon and is_label(colon[1]):
        return plain_label(colon[1]), colon[2]
    words = text.text.split()
    for cut in range(1, min(MAX_LABEL_WORDS + 1, len(words))):
        label, value = " ".join(words[:cut]), " ".join(words[cut:])
        kind = kind_of_value(value.rstrip(" ·,-"))
        if kind not in ("text", "quantity") and is_label(label) and not _is_called(label, kind):
            return plain_label(label), value
    return None


def _is_called(label: str, kind: str) -> bool:
    """Whether label and value are one name: "Studio 2", "Room B12"."""
    noun = singular(label.lower().replace(" ", "_"))
    return kind in ("integer", "code") and noun in load_words().things


def _unlabelled(rows: Sequence[Row], block: Block) -> Iterable[Part]:
    """Titles, chips and the rest, by place and kind; lines that go on are joined."""
    rows = _with_wrapped(rows, block)
    for number, row in enumerate(rows):
        if number == 0:
            yield Part("title", row[0])
            yield from (_by_kind(text, "beside") for text in row[1:])
        elif len(row) >= 2 and all(_is_chip(text) for text in row):
            yield Part("chips", _joined(row, ", "))
        else:
            first = "below" if number == 1 else "text"
            yield _by_kind(row[0], first)
            yield from (_by_kind(text, "beside") for text in row[1:])


def _is_chip(text: Text) -> bool:
    return kind_of_value(text.text) == "text" and len(text.text.split()) <= 2


def _by_kind(text: Text, role: Role) -> Part:
    kind = kind_of_value(text.text)
    return Part(role if kind == "text" else kind, text)


def _with_wrapped(rows: Sequence[Row], block: Block) -> list[Row]:
    """The rows, a first text that nearly fills the block joined with the one like it below."""
    joined: list[Row] = []
    inner = block.width
    for row in rows:
        if joined and len(row) == 1 and _goes_on(joined[-1], row[0], inner):
            first, *beside = joined[-1]
            joined[-1] = (_joined((first, row[0])), *beside)
        else:
            joined.append(row)
    return joined


def _goes_on(row: Row, below: Text, width: int) -> bool:
    first = row[0]
    room = (row[1].box[0] if len(row) > 1 else first.box[0] + width) - first.box[0]
    return (
        first.width > NEARLY_FULL * min(room, width)
        and abs(below.box[0] - first.box[0]) < 0.5 * below.height
        and below.box[1] - first.box[3] < 0.6 * below.height
        and looks_like(below, first)
        and kind_of_value(below.text) == kind_of_value(first.text) == "text"
    )


def _joined(texts: Sequence[Text], by: str = " ") -> Text:
    text = by.join(text.text for text in texts)
    return replace(texts[0], text=text, box=union_box([text.box for text in texts]))
