"""Tables: a row of labels with rows of values in line below it.

Every row of the body is tried as a header, panel by panel; the one whose columns are filled best
wins its texts, and so on until none is left.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from PIL import Image

from ghost_engine.inference.baseline.edges import measure_edges, part_by_ground, split_row
from ghost_engine.inference.baseline.grids import MIN_COLUMNS, Grid, contrast, grow_grid
from ghost_engine.inference.baseline.labels import (
    is_action,
    is_label,
    is_required,
    plain_label,
)
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.stacked import part_cells
from ghost_engine.inference.baseline.texts import (
    Row,
    Text,
    group_rows,
    median_height,
    median_size,
    union_box,
)
from ghost_engine.inference.baseline.under_lines import part_lines
from ghost_engine.inference.baseline.vocabulary import kind_of_value
from ghost_engine.inference.protocol import Box

TOUCH = 0.25  # text heights between two records, at most
MIN_UNLABELLED = 3  # records
MOST = 0.7  # of the records
BESIDE = 5  # pixels between the beginnings of a column's texts, at most
MIN_HEADED = 4  # labels over a line, with a row or two below it
MIN_FILLED = 0.4  # of the cells of a table that its rules alone prove
RULED_CONFIDENCE = 0.9  # of a table whose records are parted by lines


def find_tables(page: Page, image: Image.Image, panels: Sequence[Box] = ()) -> tuple[Region, ...]:
    """The tables of the body, top to bottom; they never share a text, and none goes on below the
    panel its records begin in."""
    edges = measure_edges(image)
    grids = [
        grid
        for row in group_rows(page.body)
        if sum(is_label(text.text) for text in row) >= MIN_COLUMNS
        for panel, width in split_row(row, edges)
        for part, reach in part_by_ground(panel, width, edges)
        for texts in [_of_card(part, _within(page.body, reach), panels)]
        if (grid := grow_grid(part, texts, page.framed, edges)) is not None
    ]
    chosen: list[Grid] = []
    taken: set[Text] = set()
    for grid in sorted(grids, key=lambda grid: (-grid.score, grid.header[0].box[1])):
        if not taken & grid.taken:
            chosen.append(grid)
            taken |= grid.taken
    chosen.sort(key=lambda grid: (grid.header[0].box[1], grid.header[0].box[0]))
    return tuple(_region(grid, page) for grid in chosen)


def _within(texts: Sequence[Text], reach: tuple[int, int]) -> list[Text]:
    return [text for text in texts if reach[0] <= text.center_x < reach[1]]


def _of_card(row: Row, texts: Sequence[Text], panels: Sequence[Box]) -> list[Text]:
    """The texts that a row can head: none below or beside the card it stands in."""
    card = _card(row, texts, panels)
    if card is None:
        return list(texts)
    left, _, right, floor = card
    return [text for text in texts if text.center_y < floor and left <= text.center_x <= right]


def _card(row: Row, texts: Sequence[Text], panels: Sequence[Box]) -> Box | None:
    """The card that a row stands in with more below it, of several the one that ends first.

    Records with grounds of their own touch each other: what touches another panel is no card.
    """
    x0, y0, x1, y1 = union_box([text.box for text in row])
    touch = TOUCH * median_height(row)
    card: Box | None = None
    for panel in panels:
        left, top, right, bottom = panel
        around = left <= x0 and x1 <= right and top <= y0 and y1 <= bottom
        first = card is None or bottom < card[3]
        if not (around and first) or _touches_another(panel, panels, touch):
            continue
        if any(left <= t.center_x <= right and y1 < t.box[1] and t.box[3] < bottom for t in texts):
            card = panel
    return card


def _touches_another(panel: Box, panels: Sequence[Box], touch: float) -> bool:
    return any(
        -touch <= other[1] - panel[3] <= touch and other[0] < panel[2] and panel[0] < other[2]
        for other in panels
    )


def _region(grid: Grid, page: Page) -> Region:
    fields = tuple(
        field
        for column, head in enumerate(grid.header)
        for field in (
            _stacked(column, grid)
            if column in grid.stacked
            else _fields(head, [record.get(column, []) for record in grid.records])
        )
    )
    filled = sum(len(record) for record in grid.records)
    share = filled / (len(grid.header) * len(grid.records))
    unlike = contrast(grid.header, grid.records)
    confidence = 0.3 + 0.3 * share + 0.05 * min(len(grid.records), 5) + 0.2 * unlike
    if grid.ruled and len(grid.header) >= 3 and share >= MIN_FILLED:
        confidence = max(confidence, RULED_CONFIDENCE)
    if grid.headed and len(grid.header) >= MIN_HEADED and share >= MOST:
        confidence = max(confidence, RULED_CONFIDENCE)
    fields = tuple(field for field in fields if not _holds_buttons(field))
    fields = tuple({field.label.lower(): field for field in reversed(fields)}.values())[::-1]
    box = union_box([field.box for field in fields])
    return Region("table", fields, box, round(min(0.95, confidence), 2), _caption(grid, page))


def _holds_buttons(field: Field) -> bool:
    """Whether a column is one of buttons: no text is in it, or an icon read as a letter; or its
    label is but a letter that the edge of the page left."""
    if not field.values and len(field.label) == 1:
        return field.label.isalpha()
    return is_action(field.label) and all(len(value) == 1 for value in field.values)


def _stacked(column: int, grid: Grid) -> tuple[Field, ...]:
    """The fields of two labels in one cell: the first and the second line of each record."""
    upper, lower = part_cells(column, grid.records)
    up, low = grid.stacked[column]
    return _field(up.text, up, upper), _field(low.text, low, lower)


def _fields(head: Text, cells: Sequence[list[Text]]) -> tuple[Field, ...]:
    """One field a column; two where the label names both lines of its cells: "Client/ number"."""
    parts = [part.strip() for part in head.text.split("/")]
    doubled = [cell for cell in cells if len(cell) >= 2]
    over = "/ " in head.text  # the slash ends a line: one is above the other, or instead of it
    if len(parts) == 2 and all(parts) and (over or len(doubled) >= 0.6 * max(1, len(cells))):
        return (
            _field(parts[0], head, [cell[:1] if len(cell) > 1 else [] for cell in cells]),
            _field(parts[1], head, [cell[1:] or cell for cell in cells]),
        )
    own, other = _part_columns(head, cells)
    own, below = part_lines(head, own)
    return (_field(head.text, head, own), *([below] if below else []), *_unlabelled(other))


def _part_columns(
    head: Text, cells: Sequence[list[Text]]
) -> tuple[Sequence[list[Text]], Sequence[Text]]:
    """The cells of a column, and the texts of one beside it that has no label: in most records
    they begin together, right of the label's end and of what stands before them."""
    last = [cell[-1] for cell in cells if len(cell) >= 2 and cell[-1].box[0] > head.box[2]]
    if len(last) < max(MIN_UNLABELLED, MOST * len(cells)):
        return cells, ()
    left = statistics.median(text.box[0] for text in last)
    beside = [text for text in last if abs(text.box[0] - left) < BESIDE]
    apart = all(
        cell[-2].box[2] + cell[-1].height < cell[-1].box[0]
        for cell in cells
        if cell[-1:] and cell[-1] in beside
    )
    ends = {cell[-2].box[2] for cell in cells if cell and cell[-1] in beside}
    if len(beside) < MOST * len(cells) or not apart or len(ends) < 2:
        return cells, ()
    return [cell[:-1] if cell and cell[-1] in beside else cell for cell in cells], beside


def _unlabelled(texts: Sequence[Text]) -> tuple[Field, ...]:
    """What a column without a label holds: a few words again and again are a state."""
    values = tuple(text.text for text in texts)
    again = len(set(values)) <= 0.6 * len(values)
    if not texts or not again or any(kind_of_value(value) != "text" for value in values):
        return ()
    return (Field("Status", values, union_box([text.box for text in texts]), read=False),)


def _field(label: str, head: Text, cells: Sequence[list[Text]]) -> Field:
    values = tuple(" ".join(text.text for text in cell) for cell in cells if cell)
    box = union_box([head.box, *(text.box for cell in cells for text in cell)])
    return Field(plain_label(label), values, box, required=is_required(label))


def _caption(grid: Grid, page: Page) -> Text | None:
    """The nearest heading above, flush with the table's left edge."""
    top, left = grid.header[0].box[1], grid.header[0].box[0]
    height = median_height(grid.header)
    above = [
        text
        for text in page.body
        if 0 < top - text.box[3] < 5 * height
        and abs(text.box[0] - left) < 0.05 * page.width
        and text not in page.framed
        and text.size > 1.15 * median_size(grid.header)
        and is_label(text.text)
        and not is_action(text.text)
    ]
    return max(above, key=lambda text: text.box[3], default=None)
