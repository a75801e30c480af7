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

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.bylines import with_signed
from ghost_engine.inference.baseline.chips import Chipped, common_ground, part_chips
from ghost_engine.inference.baseline.facts import (
    label_and_value,
    rated,
    spanned,
    split_facts,
    timed,
)
from ghost_engine.inference.baseline.heads import put_names_first, without_buttons
from ghost_engine.inference.baseline.labels import is_action, is_label, plain_label
from ghost_engine.inference.baseline.texts import Row, Text
from ghost_engine.inference.baseline.vocabulary import is_moment, kind_of_value
from ghost_engine.inference.baseline.wrapped import joined, looks_like, with_wrapped
from ghost_engine.sql.nouns import singular

Role = str  # "title", "beside", "below", "chips", or a kind of value

MOMENTS = ("time", "date", "timestamp")
RATED, SPANNED, TIMED = ("rating", "reviews"), ("from", "until"), ("begin", "end")
RARE = 0.34  # of the commonest label's count: two chips side by side are no label and value
SAME_LABEL = 0.6  # of the blocks: a text over another that often is its label

_INITIALS = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þl]{0,2}")  # an I is often read as an l
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
    often = Counter(text.text for block in blocks for text in block.texts)
    rare = {text for text, count in often.items() if count <= max(1, len(blocks) / 3)}
    blocks = [replace(block, texts=_without_initials(block, rare)) for block in blocks]
    blocks = with_signed([without_buttons(block) for block in blocks])
    ground = common_ground(blocks)
    chipped = [part_chips(block, ground) for block in blocks] if ground is not None else []
    if chipped:
        blocks = [each.block for each in chipped]
    labels = _find_labels(blocks)
    parts = [_parts(block, labels) for block in blocks]
    if chipped:
        several = any(len(row) > 1 for each in chipped for row in each.rows)
        parts = [(*own, *_chips(c, several)) for own, c in zip(parts, chipped, strict=True)]
    parts = _with_moments(put_names_first(parts))
    chips = {text for own in parts for part in own if part.role == "chips" for text in _each(part)}
    return tuple(_with_chips(own, chips) for own in parts)


def _with_moments(parts: Sequence[tuple[Part, ...]]) -> list[tuple[Part, ...]]:
    """The parts; where each block has one moment at most, of several forms, they are one field:
    "10:42", "Yesterday", "Friday"."""
    counts = [sum(part.role in MOMENTS for part in own) for own in parts]
    if max(counts, default=0) > 1 or sum(counts) < 0.5 * len(parts):
        return list(parts)
    forms = {part.role for own in parts for part in own if part.role in MOMENTS}
    if len(forms) < 2:
        return list(parts)
    return [
        tuple(replace(p, role="timestamp") if p.role in MOMENTS else p for p in own)
        for own in parts
    ]


def _chips(chipped: Chipped, several: bool) -> Iterable[Part]:
    """Chips as one part, or those that stand alone in their rows as one each."""
    if several and chipped.rows:
        yield Part("chips", joined([text for row in chipped.rows for text in row], ", "))
    elif not several:
        yield from (Part("chip", row[0]) for row in chipped.rows)
    if chipped.avatars:
        yield Part("initials", chipped.avatars[0])


def _each(part: Part) -> Sequence[str]:
    return part.text.text.split(", ")


def _with_chips(parts: Sequence[Part], chips: Container[str]) -> tuple[Part, ...]:
    """The parts, a single chip known as such told as one, and the rows of one block's as one."""
    told: list[Part] = []
    for part in parts:
        chip = part.role == "chips" or (part.role in ("text", "below") and part.text.text in chips)
        own = next((n for n, other in enumerate(told) if other.role == "chips"), None)
        if chip and own is not None:
            told[own] = replace(told[own], text=joined((told[own].text, part.text), ", "))
        else:
            told.append(replace(part, role="chips") if chip else part)
    return tuple(told)


def counted_noun(text: str) -> str | None:
    """What a text counts: "6 votes" -> "vote"."""
    match = _COUNTED.fullmatch(text)
    return singular(match[2].lower()) if match else None


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
                for fact in split_facts(text):
                    match = _COUNTED.fullmatch(fact.text)
                    if match:
                        counted[singular(match[2].lower())] += 1
                if number and (split := label_and_value(text)):
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
    return is_label(text.text) and not is_action(text.text) and ": " not in text.text


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
            parts.append(Part("labelled", joined(row[1:]), plain_label(row[0].text)))
            last_end = row[0].box[2]
            continue
        elif last_end and row[0].box[0] > last_end and parts:
            parts[-1] = replace(parts[-1], text=joined((parts[-1].text, *row)))
            continue
        last_end = 0.0
        rest: list[Text] = []
        for fact in (fact for text in row for fact in split_facts(text)):
            known = _self_labelled(fact, labels)
            if known is not None:
                parts.append(known)
            else:
                rest.append(fact)
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


def _self_labelled(text: Text, labels: _Labels) -> Part | None:
    """A text that carries its own label: "Due: 3 May", "6 votes", "Price $4"."""
    counted = _COUNTED.fullmatch(text.text)
    if counted and singular(counted[2].lower()) in labels.counted:
        name = singular(counted[2].lower())
        return Part("counted", replace(text, text=counted[1]), f"{name} count")
    split = label_and_value(text)
    if split and split[0].lower() in labels.inside:
        return Part("labelled", replace(text, text=split[1]), split[0])
    return None


def _unlabelled(rows: Sequence[Row], block: Block) -> Iterable[Part]:
    """Titles, chips and the rest, by place and kind; lines that go on are joined."""
    rows = with_wrapped(rows, block)
    for number, row in enumerate(rows):
        if number == 0:
            yield Part("title", row[0])
            for text in row[1:]:
                yield from _by_kind(text, "beside")
        elif len(row) >= 2 and all(_is_chip(text) for text in row):
            yield Part("chips", joined(row, ", "))
        else:
            first = "below" if number == 1 else "text"
            for place, text in enumerate(row):
                yield from _by_kind(text, "beside" if place else first)


def _is_chip(text: Text) -> bool:
    return kind_of_value(text.text) == "text" and len(text.text.split()) <= 2


def _by_kind(text: Text, role: Role) -> Iterable[Part]:
    """A text by what it is; a rating or a span of dates or times as two."""
    told_as = ((rated, RATED), (spanned, SPANNED), (timed, TIMED))
    for told, roles in ((tell(text.text), roles) for tell, roles in told_as):
        if told is not None:
            yield from (Part(r, replace(text, text=t)) for r, t in zip(roles, told, strict=True))
            return
    kind = kind_of_value(text.text)
    plain = len(text.text.split()) == 1 or re.search(r"\d", text.text)
    if kind == "text" and is_moment(text.text) and plain:
        kind = "date"  # a weekday, or with a count glued to it: "Nov 284"
    yield Part(role if kind == "text" else kind, text)
