"""A header grown into a table: the records below it, and whether they make one."""

from __future__ import annotations

import math
import statistics
from bisect import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ghost_engine.inference.baseline.columns import FLUSH, Record, offset
from ghost_engine.inference.baseline.edges import Edges, find_rules
from ghost_engine.inference.baseline.false_headers import (
    are_a_strip,
    are_controls,
    are_over_pairs,
    are_tabs,
    repeats_label,
)
from ghost_engine.inference.baseline.headers import is_one_style, read_header, set_alike
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.records import Rows, read_records
from ghost_engine.inference.baseline.stacked import (
    Labels,
    are_told,
    find_stacked,
    label_step,
)
from ghost_engine.inference.baseline.texts import Row, Text
from ghost_engine.inference.baseline.vocabulary import kind_of_value, load_vocabulary

MIN_COLUMNS = 2
MIN_DATA = 3  # columns over ruled data, whose labels may have frames
MAX_CELL_WORDS = 15
MIN_FILLED = 0.5  # of the cells of a table of two rows at most
MIN_SCORE = 2.5
MIN_ALIGNED = 0.6  # the share of cells in line with their label or with the other cells
BOLDER = 1.2  # times the inked share of plain letters
MAX_PAIRS = 2  # labels such as "ID"
TITLE = 1.5  # times the usual size of what stands below
FIGURE = 1.3  # times the size of its label, a value is a figure of a tile


@dataclass(frozen=True, slots=True)
class Grid:
    """A header and its records, with the texts they take."""

    header: tuple[Text, ...]
    records: tuple[Record, ...]
    taken: frozenset[Text]
    score: float
    ruled: bool = False
    stacked: Labels = field(default_factory=dict)
    headed: bool = False  # a line runs between header and records


def grow_grid(
    row: Row, texts: Sequence[Text], framed: Collection[Text], edges: Edges
) -> Grid | None:
    """The table headed by a row, if it is one; `texts` are those of its panel."""
    rules = find_rules(edges, (row[0].box[0], row[-1].box[2]))
    header, used = read_header(row, _beside(row, texts, rules))
    if len(header) < MIN_COLUMNS:
        return None
    middle = max(head.center_y for head in header)
    below = [text for text in texts if text.center_y > middle and text not in used]
    stacked = find_stacked(header, used)
    step = label_step(stacked)
    rows = read_records(header, below, rules, step)
    records = rows.records
    stacked = stacked if step or are_told(stacked, header, records) else {}
    score = _score(header, records, len(row))
    if score < MIN_SCORE or not _is_table(header, rows, framed):
        return None
    asks = sum(is_action(head.text) for head in header)
    if 2 * asks > len(header):
        return None  # buttons
    wide = len(header) >= MIN_DATA and 2 * asks < len(header)
    data = rows.ruled and wide and contrast(header, records) >= 0.5
    if not data and are_controls(row, records, framed, rows.ruled):
        return None
    if are_tabs(header, records, rows.ruled) or are_a_strip(header, records):
        return None
    cells = {text for record in records for texts in record.values() for text in texts}
    return Grid(
        header,
        records,
        used | cells,
        score,
        rows.ruled,
        stacked,
        _is_headed(header, records, rules),
    )


def _is_headed(header: Sequence[Text], records: Sequence[Record], rules: Sequence[int]) -> bool:
    bottom = max(head.center_y for head in header)
    top = min(text.center_y for texts in records[0].values() for text in texts)
    return any(bottom < rule < top for rule in rules)


def _beside(row: Row, texts: Sequence[Text], rules: Sequence[int]) -> list[Text]:
    """The texts near a row, no rule between."""
    height = row[0].height
    middle = statistics.mean(text.center_y for text in row)
    place = bisect(rules, middle)
    return [
        text
        for text in texts
        if abs(text.center_y - middle) < 4 * height and bisect(rules, text.center_y) == place
    ]


def contrast(header: Sequence[Text], records: Sequence[Record]) -> float:
    """The share of columns that hold data unlike a label (numbers, dates, amounts), 0 to 1."""
    unlike = 0
    for column in range(len(header)):
        texts = [text.text for record in records for text in record.get(column, ())]
        unlike += bool(texts) and sum(not is_label(text) for text in texts) > 0.5 * len(texts)
    return unlike / len(header)


def _is_table(header: tuple[Text, ...], rows: Rows, framed: Collection[Text]) -> bool:
    """Whether header and records look like one: few columns need more records."""
    records = rows.records
    typed = _has_typed_column(records)
    told = rows.ruled and (typed or _is_set_apart(header, records))
    least = 1 if len(header) >= 4 else 2 if len(header) == 3 or told else 3
    filled = sum(len(record) for record in records)
    if len(records) < 3 and filled < MIN_FILLED * len(header) * len(records):
        return False  # tabs over what they switch
    if len(records) < least or not is_one_style(header) or _is_prose(rows) or _is_axis(header):
        return False
    data = contrast(header, records) >= 0.5
    if not rows.ruled and not data and _are_chips(header, records, framed):
        return False
    if _aligned_share(header, records) < MIN_ALIGNED or _are_initials(header):
        return False
    if _come_again(header, records):
        return False
    if (
        _is_title(header, records)
        or _are_figures(header, records)
        or _labels_return(header, records)
    ):
        return False
    if are_over_pairs(header, records):
        return False
    if len({head.text.lower() for head in header}) < 0.8 * len(header):
        return False  # blocks side by side, each with the same label
    if len(header) == 2 and not (
        told or _has_typed_column(records) or _is_set_apart(header, records)
    ):
        return False  # labels and values side by side
    small = header[0].text[0].islower()  # words of a sentence, or tags, unless data stands below
    return not small or (len(records) >= 3 and data)


def _come_again(header: Sequence[Text], records: Sequence[Record]) -> bool:
    """Whether several labels stand below themselves as values: the first row of a list."""
    again = sum(
        any(text.text == head.text for record in records for text in record.get(column, ()))
        for column, head in enumerate(header)
    )
    return again >= max(MAX_PAIRS, 0.3 * len(header))


def _are_initials(header: Sequence[Text]) -> bool:
    """Whether it is a row of people: several pairs of capitals."""
    return sum(len(head.text) == 2 and head.text.isupper() for head in header) > MAX_PAIRS


def _is_axis(header: Sequence[Text]) -> bool:
    """Whether the labels are the days of a calendar or the months below a chart."""
    words = [head.text.lower().strip(" .,0123456789") for head in header]
    return sum(map(_is_span, words)) >= 3


def _is_span(word: str) -> bool:
    known = load_vocabulary()
    return word in known.weekdays or (len(word) <= 4 and word[:3] in known.months)


def _are_chips(header: Sequence[Text], records: Sequence[Record], framed: Collection[Text]) -> bool:
    """Whether the header's texts are framed (chips, buttons) and those below are not."""
    cells = [text for record in records for texts in record.values() for text in texts]
    below = sum(text in framed for text in cells) / max(1, len(cells))
    return sum(head in framed for head in header) / len(header) > below + 0.4


def _is_prose(rows: Rows) -> bool:
    """Whether cells hold many texts or long ones: paragraphs and panels side by side."""
    cells = [texts for record in rows.records for texts in record.values()]
    most = (1 + rows.ruled) * MAX_CELL_WORDS
    crowded = sum(len(texts) > 2 + 4 * rows.ruled for texts in cells)
    long = sum(len(" ".join(text.text for text in texts).split()) > most for texts in cells)
    return crowded > 0.3 * len(cells) or long > 0.3 * len(cells)


def _aligned_share(header: Sequence[Text], records: Sequence[Record]) -> float:
    """The share of cells in line with their label, or else with most cells of their column."""
    aligned = total = 0
    for column, head in enumerate(header):
        cells = [record[column] for record in records if column in record]
        if not cells:
            continue
        left = statistics.median(cell[0].box[0] for cell in cells)
        right = statistics.median(cell[-1].box[2] for cell in cells)
        total += len(cells)
        several = len(cells) >= (2 if len(header) >= 4 else 3)
        aligned += sum(
            min(offset(text, head) for text in cell) < FLUSH
            or (several and abs(cell[0].box[0] - left) < FLUSH)
            or (several and abs(cell[-1].box[2] - right) < FLUSH)
            for cell in cells
        )
    return aligned / max(1, total)


def _is_title(header: Sequence[Text], records: Sequence[Record]) -> bool:
    """Whether a label is set far larger than what stands below: a heading, with buttons beside."""
    sizes = [text.size for record in records for texts in record.values() for text in texts]
    return max(head.size for head in header) > TITLE * statistics.median(sizes)


def _are_figures(header: Sequence[Text], records: Sequence[Record]) -> bool:
    """Whether the values are set larger than the labels: tiles of a dashboard."""
    sizes = [text.size for texts in records[0].values() for text in texts[:1]]
    labels = statistics.median(head.size for head in header)
    return len(records) <= 2 and labels > 0 and statistics.median(sizes) > FIGURE * labels


def _labels_return(header: Sequence[Text], records: Sequence[Record]) -> bool:
    """Whether the columns go on with labels between their values: a form, or pairs of labels and
    values one above the other."""
    mixed = filled = 0
    for column, head in enumerate(header):
        texts = [text for record in records for text in record.get(column, ())]
        like = [set_alike(text, head, ground=False) for text in texts]  # rows may be striped
        pairs = sum(
            above and not below and is_label(text.text)
            for above, below, text in zip(like, like[1:], texts, strict=False)
        )
        filled += bool(texts)
        mixed += (pairs > 0 and pairs >= 0.25 * len(texts)) or repeats_label(texts, head)
    return mixed >= 0.6 * filled


def _has_typed_column(records: Sequence[Record]) -> bool:
    """Whether a column holds values of one kind other than words: a list of pairs has none."""
    kinds: dict[int, set[str]] = {}
    for record in records:
        for column, texts in record.items():
            kinds.setdefault(column, set()).add(kind_of_value(" ".join(t.text for t in texts)))
    return any(len(kind) == 1 and kind != {"text"} for kind in kinds.values())


def _is_set_apart(header: Sequence[Text], records: Sequence[Record]) -> bool:
    """Whether every label looks unlike what stands below it."""
    for column, head in enumerate(header):
        texts = [text for record in records for text in record.get(column, ())]
        weight = statistics.median([text.look.weight for text in texts] or [0.0])
        like = sum(set_alike(text, head) for text in texts) > 0.5 * len(texts)
        if like and head.look.weight < BOLDER * weight:
            return False
    return True


def _score(header: tuple[Text, ...], records: Sequence[Record], row_length: int) -> float:
    """Filled cells, weighted by how many columns there are and how much the header is one."""
    cells = sum(len(record) for record in records)
    labels = [head.text for head in header]
    repeated = sum(
        any(text.text.startswith(label) for record in records for text in record.get(column, ()))
        for column, label in enumerate(labels)
    )
    texts = sum(len(cell) for record in records for cell in record.values())
    actions = sum(is_action(label) for label in labels)
    plain = cells * math.sqrt(len(header)) * (0.6 + contrast(header, records))
    share = len(header)
    plain *= 1 - min(1.0, 1.5 * repeated / share)
    plain *= (1 - 0.7 * actions / share) * min(1.0, (1.7 * cells / max(1, texts)) ** 2)
    return plain / (1 + max(0, row_length - len(header)))
