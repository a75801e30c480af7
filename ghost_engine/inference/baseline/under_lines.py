"""Second lines of a table's cells: a name with an address in grey below it are two columns.

The cells of one column go in; out come the cells without what stands below their first line and is
set unlike it, and the field that makes, where its values tell what they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.inference.baseline.labels import plain_label
from ghost_engine.inference.baseline.naming import KIND_LABELS, label_for
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.sets import says_states
from ghost_engine.inference.baseline.slots import counted_noun
from ghost_engine.inference.baseline.texts import Row, Text, group_rows, union_box
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.inference.baseline.wrapped import looks_like

MIN_CELLS = 3
MOST = 0.7  # of the cells have two lines, set unlike
TOLD = ("Person", "Description", "Address")  # what words may be
OWN = frozenset({"name", "title", "full name", "subject", "summary"})  # labels of a row's own name

Cells = Sequence[list[Text]]


def part_lines(head: Text, cells: Cells) -> tuple[Cells, Field | None]:
    """The first lines of a column's cells, and the field of the lines below them, if it is one."""
    rows = [group_rows(cell) for cell in cells]
    filled = [own for own in rows if own]
    double = [own for own in filled if len(own) >= 2 and _is_unlike(own[0], own[1])]
    if len(double) < max(MIN_CELLS, MOST * len(filled)):
        return cells, None
    below = [own[1] for own in double]
    first = [list(own[0]) if own in double else cell for own, cell in zip(rows, cells, strict=True)]
    return first, _field(head, [own[0] for own in double], below)


def _is_unlike(upper: Row, lower: Row) -> bool:
    return not looks_like(lower[0], upper[0])


def _field(head: Text, upper: Sequence[Row], lower: Sequence[Row]) -> Field | None:
    values = [" ".join(text.text for text in row) for row in lower]
    box = union_box([text.box for row in lower for text in row])
    counted = {counted_noun(value) for value in values}
    if len(counted) == 1 and (noun := counted.pop()) is not None:
        counts = tuple(value.split()[0] for value in values)
        return Field(f"{noun} count", counts, box, read=False)
    label = _label(values, [row[0] for row in lower])
    if label is None:
        return None
    words = all(kind_of_value(row[0].text) == "text" for row in upper)
    named = plain_label(head.text).lower() in OWN or not words
    label = label if named else f"{head.text} {label.lower()}"
    return Field(label, tuple(values), box, read=False)


def _label(values: Sequence[str], texts: Sequence[Text]) -> str | None:
    """What values are called that say themselves what they are."""
    kinds = [kind_of_value(value) for value in values]
    usual = max(set(kinds), key=kinds.count)
    if usual in KIND_LABELS and kinds.count(usual) >= MOST * len(kinds):
        return KIND_LABELS[usual]
    if len(set(values)) < len(values) and says_states(values):
        return "Status"
    label = label_for("below", texts)
    return label if label in TOLD else None
