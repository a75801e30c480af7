"""Detail lists: what is known of one thing, each value under its label or to the right of it.

A card of a page, or what stands outside of cards, is tried both ways: rows of labels over rows of
values, and columns of labels beside columns of values. Labels are set alike; a list of people or
things, whose first lines are data, is none.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ghost_engine.inference.baseline.colons import colon_labels, join_labels
from ghost_engine.inference.baseline.controls import Control, font_size, holds, stacks
from ghost_engine.inference.baseline.labels import is_action, is_label, is_required, plain_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.people import is_person
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.styles import Pair, are_set_alike, are_set_apart, contrast
from ghost_engine.inference.baseline.texts import Row, Text, group_rows, union_box
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.inference.protocol import Box

MIN_PAIRS = 3
MANY_PAIRS = 5
MAX_CARD = 0.75  # of the page's area; more is its ground
MAX_VALUE_WORDS = 12  # on one line
# In font sizes:
FLUSH = 0.7  # texts that begin together
UNDER = 2.4  # from a label's middle to its value's, at most
FAR = 12.0  # between two texts of one value, at most
BESIDE = 22.0  # from a label's end to its value


def find_details(page: Page, controls: Sequence[Control]) -> tuple[Region, ...]:
    """The detail lists of the body, top to bottom."""
    size = font_size(page.body)
    cards = _cards(controls, size, MAX_CARD * page.width * page.height)
    regions = []
    for home, texts in _scopes(page.body, cards).items():
        rows = _without_title(group_rows(join_labels(texts)))
        best = max(_stacked(rows, size), _beside(rows, size), key=_proof)
        region = _region(best, on_card=home is not None)
        if region is not None:
            regions.append(region)
    return tuple(region for region in regions if not _repeated(region, regions))


def _cards(controls: Sequence[Control], size: float, most: float) -> list[Box]:
    """The cards of a page, of `most` pixels; one parted by lines counts as a whole."""
    surfaces = [control for control in controls if control.shape in ("panel", "box")]
    whole = [box for box in stacks(surfaces) if (box[2] - box[0]) * (box[3] - box[1]) < most]
    single = [
        surface.box for surface in surfaces if not any(holds(box, surface.box) for box in whole)
    ]
    return [box for box in (*single, *whole) if box[3] - box[1] > 4 * size]


def _scopes(body: Sequence[Text], cards: Sequence[Box]) -> dict[Box | None, list[Text]]:
    """The texts of each innermost card, and those on none."""
    homes: dict[Box | None, list[Text]] = {}
    for text in body:
        around = [card for card in cards if holds(card, text.box, 4)]
        home = min(around, key=lambda card: (card[2] - card[0]) * (card[3] - card[1]), default=None)
        homes.setdefault(home, []).append(text)
    return homes


def _without_title(rows: Sequence[Row]) -> Sequence[Row]:
    """Without a heading: a first text alone, set larger or farther off than what follows."""
    if len(rows) < 3 or len(rows[0]) > 1:
        return rows
    usual = statistics.median(text.size for row in rows[1:] for text in row)
    steps = [_step(row, below) for row, below in zip(rows[1:], rows[2:], strict=False)]
    far = _step(rows[0], rows[1]) > 1.15 * min(steps)
    return rows[1:] if rows[0][0].size > 1.1 * usual or far else rows


def _proof(pairs: Sequence[Pair]) -> float:
    return len(pairs) * (2.0 if are_set_apart(pairs) else 1.0)


def _repeated(region: Region, regions: Sequence[Region]) -> bool:
    """Whether another card has the same labels: they are cards of one list."""
    labels = {field.label for field in region.fields}
    return any(
        other is not region and len(labels & {field.label for field in other.fields}) >= 2
        for other in regions
    )


def _stacked(rows: Sequence[Row], size: float) -> list[Pair]:
    """Pairs where rows of labels stand over rows of values."""
    pairs: list[Pair] = []
    number = 0
    while number < len(rows):
        under = _rows_under(rows, number, size)
        if under and _are_labels(rows[number]):
            pairs += _columns(rows[number], rows[number + 1 : number + 1 + under], size)
            number += under
        number += 1
    pairs = _one_style(pairs)
    return pairs if _close_to_values(pairs) else []


def _rows_under(rows: Sequence[Row], number: int, size: float) -> int:
    """How many rows below belong to a row: the first near it, others nearer than what follows."""
    if number + 1 >= len(rows):
        return 0
    first = _step(rows[number], rows[number + 1])
    flush = [
        text
        for text in rows[number + 1]
        if any(abs(text.box[0] - label.box[0]) < FLUSH * size for label in rows[number])
    ]
    if first > UNDER * size or len(flush) < 0.5 * len(rows[number + 1]):
        return 0
    count = 1
    while number + count + 1 < len(rows):
        step = _step(rows[number + count], rows[number + count + 1])
        if step > 1.12 * first or _is_label_row(rows, number + count + 1, first):
            break
        count += 1
    return count


def _is_label_row(rows: Sequence[Row], number: int, first: float) -> bool:
    """Whether a row looks like labels over the next one, not like another line of a value."""
    if number + 1 >= len(rows) or len(rows[number]) < 2:
        return False
    return _are_labels(rows[number]) and _step(rows[number], rows[number + 1]) <= 1.05 * first


def _step(row: Row, below: Row) -> float:
    upper = statistics.mean(text.center_y for text in row)
    return statistics.mean(text.center_y for text in below) - upper


def _are_labels(row: Row) -> bool:
    return all(is_label(text.text) and not is_action(text.text) for text in row)


def _columns(labels: Row, rows: Sequence[Row], size: float) -> list[Pair]:
    """Each label with the texts between its left edge and the next label's."""
    pairs = []
    for number, label in enumerate(labels):
        end = labels[number + 1].box[0] if number + 1 < len(labels) else float("inf")
        start = label.box[0] - 1.5 * size
        values = tuple(
            text for row in rows for text in row if start <= text.box[0] < end - FLUSH * size
        )
        pairs.append(Pair(label, values))
    return pairs


def _one_style(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs whose labels are set as most labels are: headings of cards are larger."""
    if not pairs:
        return []
    size = statistics.median(pair.label.size for pair in pairs)
    shouted = sum(pair.label.text.isupper() for pair in pairs) > 0.5 * len(pairs)
    return [
        pair
        for pair in pairs
        if pair.label.size < 1.3 * size + 0.5
        and (pair.label.text.isupper() or not shouted or len(pair.label.text) < 3)
    ]


def _close_to_values(pairs: Sequence[Pair]) -> bool:
    """Whether labels are no larger than their values: else they are titles of list items."""
    filled = [pair for pair in pairs if pair.values]
    if not filled:
        return False
    larger = sum(pair.label.size > 1.12 * pair.values[0].size for pair in filled)
    return larger <= 0.4 * len(filled) and not _paler_below(filled)


def _paler_below(pairs: Sequence[Pair]) -> bool:
    """Whether values are set paler than their labels, as the second lines of a list are; what
    holds data of several kinds is no list."""
    kinds = {kind_of_value(pair.values[0].text) for pair in pairs} - {"text"}
    if len(pairs) >= MANY_PAIRS and len(kinds) >= 2:
        return False
    paler = sum(contrast(pair.values[0]) < 0.72 * contrast(pair.label) for pair in pairs)
    return paler > 0.6 * len(pairs)


def _beside(rows: Sequence[Row], size: float) -> list[Pair]:
    """Pairs where columns of labels stand beside columns of values."""
    starts = _label_starts(rows, size)
    told = colon_labels([text for row in rows for text in row])
    pairs: list[Pair] = []
    for row in rows:
        heads = [
            n
            for n, text in enumerate(row)
            if (text in told if told else _starts_pair(text, starts, size))
        ]
        for order, head in enumerate(heads):
            end = heads[order + 1] if order + 1 < len(heads) else len(row)
            values = _together(row[head + 1 : end], size)
            if len(values) >= MIN_PAIRS and are_set_alike((row[head], *values)):
                continue  # tabs
            near = not values or values[0].box[0] - row[head].box[2] < BESIDE * size
            if near:
                pairs.append(Pair(row[head], values))
    pairs = _one_style(pairs)
    filled = [pair for pair in pairs if pair.values]
    if len(filled) < max(2, 0.5 * len(pairs)) or not _ends_align(pairs, size):
        return []
    if len(starts) > 1 and not (told or are_set_apart(pairs)):
        return []
    crowded = sum(len(pair.values) > 1 for pair in filled)
    return pairs if crowded <= 0.4 * len(filled) else []  # else the rows of a table


def _starts_pair(text: Text, starts: Sequence[int], size: float) -> bool:
    flush = any(abs(text.box[0] - start) < FLUSH * size for start in starts)
    return flush and is_label(text.text) and not is_action(text.text)


def _together(texts: Sequence[Text], size: float) -> tuple[Text, ...]:
    """The first of the texts with those that follow it closely: what stands far off is of another
    pane."""
    kept = list(texts[:1])
    for text in texts[1:]:
        if text.box[0] - kept[-1].box[2] > FAR * size:
            break
        kept.append(text)
    return tuple(kept)


def _label_starts(rows: Sequence[Row], size: float) -> list[int]:
    """Where labels begin: every other left edge, from the first, of those that rows share."""
    edges: list[list[int]] = []
    for row in rows:
        for text in row:
            home = next((e for e in edges if abs(e[0] - text.box[0]) < FLUSH * size), None)
            if home is None:
                edges.append([text.box[0]])
            else:
                home.append(text.box[0])
    shared = sorted(edge[0] for edge in edges if len(edge) >= max(2, 0.25 * len(rows)))
    return shared[::2] if len(shared) % 2 == 0 else shared[:1]


def _ends_align(pairs: Sequence[Pair], size: float) -> bool:
    """Whether values begin in few columns, or end in one."""
    firsts = [pair.values[0] for pair in pairs if pair.values]
    starts: list[int] = []
    for text in firsts:
        if not any(abs(text.box[0] - start) < FLUSH * size for start in starts):
            starts.append(text.box[0])
    ends = [text.box[2] for text in firsts]
    flush_right = max(ends) - min(ends) < FLUSH * size
    return flush_right or len(starts) <= max(1, 0.5 * len(firsts))


def _region(pairs: Sequence[Pair], on_card: bool) -> Region | None:
    labels = {pair.label.text.lower() for pair in pairs}
    if len(pairs) < MIN_PAIRS or len(labels) < 0.85 * len(pairs):
        return None
    data = sum(is_person(pair.label.text) or len(pair.label.text) < 3 for pair in pairs)
    if data > 0.25 * len(pairs) or _one_kind(
        [pair.values[0].text for pair in pairs if pair.values]
    ):
        return None
    words = [len(text.text.split()) for pair in pairs for text in pair.values]
    if not words or sum(count > MAX_VALUE_WORDS for count in words) > 0.3 * len(words):
        return None
    apart = are_set_apart(pairs)
    if not apart and not on_card:
        return None
    fields = tuple(_field(pair) for pair in pairs)
    confidence = min(0.95, 0.4 + 0.05 * len(pairs) + 0.25 * apart)
    box = union_box([field.box for field in fields])
    return Region("detail", fields, box, round(confidence, 2))


def _one_kind(values: Sequence[str]) -> bool:
    """Whether all values but perhaps the first are data of one kind: a column with its head."""
    kinds = {kind_of_value(value) for value in values[1:]}
    return len(values) > MIN_PAIRS and len(kinds) == 1 and kinds != {"text"}


def _field(pair: Pair) -> Field:
    shown = " ".join(text.text for text in pair.values if not text.is_empty_mark)
    box = union_box([pair.label.box, *(text.box for text in pair.values)])
    label = pair.label.text
    return Field(plain_label(label), (shown,) if shown else (), box, required=is_required(label))
