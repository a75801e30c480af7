"""Records whose labels end in colons: a column of them, each with its value on its line.

Columns of texts go in, detail regions come out, wherever on a page they stand: four labels with
their colons below each other, flush at their beginnings or at their ends, are proof enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghost_engine.inference.baseline.controls import Control, font_size
from ghost_engine.inference.baseline.labels import is_action, is_label, plain_label
from ghost_engine.inference.baseline.learned import shared
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.plain_records import are_inputs, find_plain_records
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.styles import Pair
from ghost_engine.inference.baseline.texts import Text, group_rows, union_box

MIN_LABELS = 4
MAX_LABEL_WORDS = 4
FILLED = 0.6  # of the labels
CONFIDENCE = 0.95
LAPPED = 0.2  # of the smaller of two records
# In font sizes:
FLUSH, RUN = 0.8, 7.0  # between the edges of labels, and from one label to the next
LAP, BESIDE, FAR = 0.5, 22.0, 3.0  # from a label to its value, and between two texts of it


def find_labelled_records(page: Page, controls: Sequence[Control]) -> tuple[Region, ...]:
    """The records of a pane told by their labels alone: by known words, or by colons."""
    plain = find_plain_records(page, controls)
    more = find_colon_records(page, controls)
    return (*plain, *(m for m in more if not any(shared(m.box, p.box) > LAPPED for p in plain)))


def find_colon_records(page: Page, controls: Sequence[Control]) -> tuple[Region, ...]:
    """The records of a pane told by the colons of their labels, the longest first."""
    labels = [text for text in page.body if _is_colon_label(text)]
    if len(labels) < MIN_LABELS:
        return ()
    size = font_size(page.body)
    rows = {text: row for row in group_rows(page.body) for text in row}
    regions: list[Region] = []
    taken: set[Text] = set()
    for column in sorted(_columns(labels, size), key=len, reverse=True):
        pairs = [Pair(label, _value(label, rows[label], size)) for label in column]
        filled = [pair for pair in pairs if pair.values]
        if taken & set(column) or len(filled) < max(MIN_LABELS - 1, FILLED * len(pairs)):
            continue
        if not are_inputs(pairs, controls, size):
            taken |= set(column)
            regions.append(_region(pairs))
    return tuple(regions)


def _is_colon_label(text: Text) -> bool:
    plain = text.text.rstrip(": ")
    short = len(plain.split()) <= MAX_LABEL_WORDS and len(plain) > 1
    return text.text.endswith(":") and short and is_label(plain) and not is_action(plain)


def _columns(labels: Sequence[Text], size: float) -> Iterator[list[Text]]:
    """Labels below each other that begin, or end, together."""
    for side in (0, 2):
        groups: list[list[Text]] = []
        for label in sorted(labels, key=lambda text: text.center_y):
            home = next(
                (
                    group
                    for group in groups
                    if abs(group[-1].box[side] - label.box[side]) < FLUSH * size
                    and 0.5 * size < label.center_y - group[-1].center_y < RUN * size
                ),
                None,
            )
            if home is None:
                groups.append([label])
            else:
                home.append(label)
        yield from (group for group in groups if len(group) >= MIN_LABELS)


def _value(label: Text, row: Sequence[Text], size: float) -> tuple[Text, ...]:
    """What stands right of a label on its line, up to a gap or the next label."""
    found: list[Text] = []
    for text in row:
        if text.box[0] <= label.box[0] or text is label:
            continue
        end = found[-1].box[2] if found else label.box[2]
        gap = text.box[0] - end
        if gap < -LAP * size or gap > (FAR if found else BESIDE) * size or _is_colon_label(text):
            break
        found.append(text)
    return tuple(found)


def _region(pairs: Sequence[Pair]) -> Region:
    fields = tuple(_field(pair) for pair in pairs)
    return Region("detail", fields, union_box([field.box for field in fields]), CONFIDENCE)


def _field(pair: Pair) -> Field:
    shown = " ".join(text.text for text in pair.values if not text.is_empty_mark)
    box = union_box([pair.label.box, *(text.box for text in pair.values)])
    return Field(plain_label(pair.label.text), (shown,) if shown else (), box)
