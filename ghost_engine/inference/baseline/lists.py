"""Lists without a header and without frames: entries that begin alike, one below the other.

Texts set alike on one left edge, with most space above them, begin the entries; what stands beside
and below up to the next beginning belongs to the entry. Entries say the same things as cards do.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.naming import name_fields
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.people import are_people
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.slots import read_parts
from ghost_engine.inference.baseline.texts import (
    Row,
    Text,
    group_rows,
    median_height,
    median_size,
    union_box,
)
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.inference.baseline.wrapped import looks_like
from ghost_engine.inference.protocol import Box

MIN_ENTRIES = 3
MIN_TEXTS = 2
MAX_RUNS = 40
MIN_LINE_TEXTS = 3  # of entries of one line
MAX_PITCH = 2.5  # of the usual one: farther apart, something else begins
GUTTER = 2.0  # text heights
PHONE = 30  # text heights: a page narrower than that has one column
AVATAR = 3.5  # text heights left of a beginning
APART = 1.25  # the step to another entry, in steps from line to line
MAX_SHARE = 0.6  # of the page, for a panel that holds a list
ALIKE = 0.6
MAX_INITIALS = 3  # letters
MAX_WORDS = 9  # of the median text; more is prose


@dataclass(frozen=True, slots=True)
class _Candidate:
    entries: tuple[Block, ...]
    fields: tuple[Field, ...]
    alike: float

    @property
    def box(self) -> Box:
        return union_box([entry.box for entry in self.entries])

    @property
    def weight(self) -> float:
        return len(self.entries) * len(self.fields) * self.alike


def find_lists(page: Page, panels: Sequence[Box] = ()) -> tuple[Region, ...]:
    """The lists of the body, the fullest first; they never share a text."""
    holders = [panel for panel in panels if _area(panel) < MAX_SHARE * page.width * page.height]
    alike = [_with_missed(run, page.body) for run in _set_alike(page.body)]
    runs = [*alike, *(firsts for run in alike for firsts in _spaced(run))]
    for panel in holders:
        runs += _spaced([text for text in page.body if _within(text, panel)])
    candidates = [
        candidate
        for anchors in runs
        if (candidate := _candidate(anchors, page, holders)) is not None
    ]
    chosen: list[_Candidate] = []
    for candidate in sorted(candidates, key=lambda candidate: -candidate.weight):
        if not any(_meet(candidate.box, other.box) for other in chosen):
            chosen.append(candidate)
    return tuple(_region(candidate, page) for candidate in chosen)


def _set_alike(texts: Sequence[Text]) -> list[tuple[Text, ...]]:
    """Runs of texts set alike on one left edge, three or more, top to bottom."""
    groups: list[list[Text]] = []
    for text in sorted(texts, key=lambda text: text.box[1]):
        for group in groups:
            first = group[0]
            if abs(first.box[0] - text.box[0]) < 0.4 * first.height and looks_like(text, first):
                group.append(text)
                break
        else:
            groups.append([text])
    longest = sorted(groups, key=len, reverse=True)[:MAX_RUNS]
    return [tuple(group) for group in longest if len(group) >= MIN_ENTRIES]


def _with_missed(run: tuple[Text, ...], texts: Sequence[Text]) -> tuple[Text, ...]:
    """The run with the texts that stand where one is missing: on its edge, at its pitch."""
    tops = [text.box[1] for text in run]
    pitch = statistics.median_low(b - a for a, b in zip(tops, tops[1:], strict=False))
    left, height = run[0].box[0], run[0].height
    if pitch < 2 * height:
        return run
    missed = [
        text
        for text in texts
        if text not in run
        and abs(text.box[0] - left) < 0.4 * height
        and tops[0] < text.box[1] < tops[-1] + 1.2 * pitch
        and min(_off(text.box[1] - top, pitch) for top in tops) < 0.2 * height
        and min(abs(text.box[1] - top) for top in tops) > 0.5 * pitch
    ]
    return tuple(sorted((*run, *missed), key=lambda text: text.box[1]))


def _off(distance: float, pitch: float) -> float:
    """How far a distance is from a multiple of the pitch."""
    return abs(distance - pitch * round(distance / pitch))


def _spaced(texts: Sequence[Text]) -> list[tuple[Text, ...]]:
    """The first texts of groups of rows that stand apart, as the lines of one entry do not."""
    rows = group_rows(texts)
    centers = [statistics.mean(text.center_y for text in row) for row in rows]
    steps = [below - above for above, below in zip(centers, centers[1:], strict=False)]
    if len(steps) < 2 * MIN_ENTRIES - 1:
        return []
    close = sorted(steps)[len(steps) // 4]
    pairs = zip(rows[1:], steps, strict=True)
    firsts = [rows[0][0], *(row[0] for row, step in pairs if step > APART * close)]
    return [tuple(firsts)] if len(firsts) >= MIN_ENTRIES else []


def _candidate(anchors: Sequence[Text], page: Page, holders: Sequence[Box]) -> _Candidate | None:
    anchors = _evenly_spaced(anchors)
    if len(anchors) < MIN_ENTRIES:
        return None
    entries = _entries(anchors, page, holders)
    if not _begin_entries(entries) or _is_prose(entries):
        return None
    least = MIN_LINE_TEXTS if _are_lines(entries) else MIN_TEXTS
    counts = [len(entry.texts) for entry in entries]
    middle = statistics.median(counts)
    alike = sum(abs(count - middle) <= max(1, 0.34 * middle) for count in counts) / len(counts)
    if middle < least or alike < ALIKE:
        return None
    fields = tuple(
        field
        for field in name_fields(read_parts(entries))
        if field.read or len(field.values) >= 0.5 * len(entries)
    )
    return _Candidate(entries, fields, alike) if _say_something(fields) else None


def _evenly_spaced(anchors: Sequence[Text]) -> list[Text]:
    """The longest run of beginnings about as far apart as most are."""
    tops = [anchor.box[1] for anchor in anchors]
    pitches = [below - above for above, below in zip(tops, tops[1:], strict=False)]
    usual = statistics.median(pitches)
    runs: list[list[Text]] = [[anchors[0]]]
    for anchor, pitch in zip(anchors[1:], pitches, strict=True):
        if 0.3 * usual <= pitch <= MAX_PITCH * usual:
            runs[-1].append(anchor)
        else:
            runs.append([anchor])
    return max(runs, key=len)


def _entries(anchors: Sequence[Text], page: Page, holders: Sequence[Box]) -> tuple[Block, ...]:
    """What stands from each beginning to the next, in the column they share."""
    tops = [anchor.box[1] for anchor in anchors]
    pitch = statistics.median(b - a for a, b in zip(tops, tops[1:], strict=False))
    bottoms = [*tops[1:], min(page.height, int(tops[-1] + pitch))]
    height = median_height(page.body)
    holder = _holder(anchors, holders)
    if holder is not None:
        bottoms[-1] = min(bottoms[-1], holder[3])
    near = [text for text in page.body if tops[0] - height < text.center_y < bottoms[-1]]
    left, right = _column(anchors[0], near, height)
    if page.width < PHONE * height:
        right = page.width  # its lists are as wide as the screen
    if holder is not None:
        left, right = holder[0], holder[2]
    inside = [
        text
        for text in near
        if left <= text.box[0] and text.box[2] <= right and not _is_initials(text, anchors[0])
    ]
    entries = []
    for top, bottom in zip(tops, bottoms, strict=True):
        margin = 0.4 * height
        own = [text for text in inside if top - margin < text.center_y < bottom - margin]
        entries.append(Block((left, top, right, bottom), tuple(own)))
    return tuple(entries)


def _is_initials(text: Text, anchor: Text) -> bool:
    """Somebody's initials in an avatar before the entry."""
    short = len(text.text) <= MAX_INITIALS and text.text.isalpha()
    return short and text.box[2] <= anchor.box[0]


def _holder(anchors: Sequence[Text], holders: Sequence[Box]) -> Box | None:
    """The smallest panel that holds all beginnings."""
    around = [panel for panel in holders if all(_within(anchor, panel) for anchor in anchors)]
    return min(around, key=_area, default=None)


def _column(anchor: Text, texts: Sequence[Text], height: float) -> tuple[int, int]:
    """The extent of the texts around an anchor up to a gutter; to its left only an avatar."""
    spans: list[list[int]] = []
    for start, end in sorted((text.box[0], text.box[2]) for text in texts):
        if spans and start - spans[-1][1] < GUTTER * height:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    own = next((span for span in spans if span[0] <= anchor.box[0] <= span[1]), None)
    if own is None:
        return anchor.box[0], anchor.box[2]
    return max(own[0], int(anchor.box[0] - AVATAR * height)), own[1]


def _begin_entries(entries: Sequence[Block]) -> bool:
    """Whether there is more space before a beginning than within an entry, mostly."""
    good = 0
    for above, below in zip(entries, entries[1:], strict=False):
        if not above.texts or not below.texts:
            return False
        rows = above.rows
        between = min(t.box[1] for t in below.texts) - max(t.box[3] for t in above.texts)
        inner = [_gap(upper, lower) for upper, lower in zip(rows, rows[1:], strict=False)]
        good += between >= max(inner, default=between) - 1
    return good >= ALIKE * (len(entries) - 1)


def _gap(upper: Row, lower: Row) -> int:
    return min(text.box[1] for text in lower) - max(text.box[3] for text in upper)


def _are_lines(entries: Sequence[Block]) -> bool:
    return statistics.median(len(entry.rows) for entry in entries) <= 1


def _is_prose(entries: Sequence[Block]) -> bool:
    words = [len(text.text.split()) for entry in entries for text in entry.texts]
    return not words or statistics.median(words) > MAX_WORDS


def _say_something(fields: Sequence[Field]) -> bool:
    """Whether at least two fields are there, and one is more than words."""
    labelled = sum(field.read for field in fields)
    kinds = {
        kind_of_value(value) for field in fields for value in field.values[:4] if not field.read
    }
    varied = any(len(set(field.values)) > 1 for field in fields)
    telling = labelled >= 1 or bool(kinds - {"text", "code"})
    return len(fields) >= 2 and varied and (telling or any(_names_people(f) for f in fields))


def _names_people(field: Field) -> bool:
    return len(field.values) >= MIN_ENTRIES and are_people(field.values)


def _region(candidate: _Candidate, page: Page) -> Region:
    confidence = 0.35 + 0.03 * min(len(candidate.entries), 8) + 0.2 * candidate.alike
    box = union_box([text.box for entry in candidate.entries for text in entry.texts])
    return Region("list", candidate.fields, box, round(confidence, 2), _caption(candidate, page))


def _caption(candidate: _Candidate, page: Page) -> Text | None:
    """The nearest heading above the first entry, in its column and larger than its texts."""
    x0, top, x1, _ = candidate.box
    texts = candidate.entries[0].texts
    height = median_height(texts)
    above = [
        text
        for text in page.body
        if 0 <= top - text.box[3] < 6 * height
        and x0 - 4 * height <= text.box[0] <= x1
        and text.size > 1.15 * median_size(texts)
        and is_label(text.text)
        and not is_action(text.text)
    ]
    return max(above, key=lambda text: text.box[3], default=None)


def _within(text: Text, box: Box) -> bool:
    return box[0] <= text.center_x <= box[2] and box[1] <= text.center_y <= box[3]


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
