"""Table headers: which texts of a row are labels, and whether they are set as one header.

A row goes in with the rows below it; the labels come out, wrapped ones joined.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.labels import is_label, label_start
from ghost_engine.inference.baseline.texts import Colour, Row, Text, median_height, union_box
from ghost_engine.inference.baseline.wrapped import looks_like

MAX_ACRONYM = 4  # letters
ALIKE = 0.7  # of the second lines of labels
OVER = 0.2  # of the narrower of two lines of a label
TITLE = 1.45  # times the size of the next largest label
SIZES = 1.4  # between the largest and the smallest of two texts set alike
INKS, GROUNDS = 90, 14  # levels between colours of two texts set alike


def read_header(row: Row, near: Sequence[Text]) -> tuple[tuple[Text, ...], frozenset[Text]]:
    """The labels of a row, wrapped ones joined with their other lines, and the texts they are
    made of; () if the row is no header. `near` are the texts around it."""
    labels = _only_labels(row)
    if len(labels) < max(1, 0.7 * len(row)) or all(is_aside(head) for head in labels):
        return (), frozenset()
    lines = _other_lines(labels, [text for text in near if text not in row])
    joined = _join_wrapped([*labels, *lines])
    all_wrapped = len(labels) >= 3 and 2 * len(joined) - len([*labels, *lines]) < 0.3 * len(joined)
    if all_wrapped and not _are_set_off(labels, lines, near):
        return labels, frozenset(row)  # a row of its own is below, set like the labels
    return joined, frozenset({*row, *lines})


def is_one_style(header: Sequence[Text]) -> bool:
    """Labels of one header all begin with a capital, or none does, but for a few that are cut; all
    are set in capitals, or none is but for short ones."""
    if _has_title(header):
        return False
    capital = [head.text[0].isupper() for head in header if head.text[0].isalpha()]
    small = len(capital) - sum(capital)
    if small and sum(capital) and (len(header) < 4 or small > 0.3 * len(header)):
        return False
    shouted = [head.text for head in header if head.text.isupper()]
    acronyms = all(len(text) <= MAX_ACRONYM for text in shouted)
    return acronyms or len(shouted) >= 0.6 * len(header)


def _has_title(header: Sequence[Text]) -> bool:
    """Whether one of several texts is set much larger than all others: a title beside buttons."""
    sizes = sorted(head.size for head in header)
    return len(sizes) >= 3 and sizes[-2] > 0 and sizes[-1] > TITLE * sizes[-2]


def is_aside(text: Text) -> bool:
    """Whether a text in brackets says more about the label over it."""
    return text.text.startswith("(") and text.text.endswith(")")


def set_alike(one: Text, other: Text, ground: bool = True) -> bool:
    """Whether two texts have the same size and colours, about; that of the `ground` if wanted."""
    sizes = sorted((max(1.0, one.size), max(1.0, other.size)))
    inks = _distance(one.look.ink, other.look.ink)
    grounds = _distance(one.look.ground, other.look.ground) if ground else 0
    return sizes[1] < SIZES * sizes[0] and inks < INKS and grounds < GROUNDS


def _distance(one: Colour, other: Colour) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _only_labels(row: Row) -> tuple[Text, ...]:
    sure = [label for text in row if (label := _as_label(text)) is not None]
    if len(sure) < 3:
        return tuple(sure)
    short = [
        text for text in row if text.text == "#" or (len(text.text) == 1 and text.text.isalpha())
    ]
    return tuple(sorted([*sure, *short], key=lambda text: text.box[0]))


def _as_label(text: Text) -> Text | None:
    """The text if it is a label, or the label it begins with."""
    if is_label(text.text):
        return text
    start = label_start(text.text)
    if start is None:
        return None
    x0, y0, x1, y1 = text.box
    return replace(
        text, text=start, box=(x0, y0, x0 + (x1 - x0) * len(start) // len(text.text), y1)
    )


def _other_lines(labels: Sequence[Text], near: Iterable[Text]) -> list[Text]:
    """The other lines of wrapped labels: set like them, and closer than a row would be."""
    height = median_height(labels)
    middle = statistics.median(label.center_y for label in labels)
    near = [text for text in near if abs(text.center_y - middle) < 2.5 * height]
    data = [text.center_y for text in near if not is_label(text.text)]
    near = [
        text
        for text in sorted(near, key=lambda text: text.box[1])
        if is_label(text.text) and not any(abs(text.center_y - y) < 0.4 * height for y in data)
    ]
    above: list[Text] = []
    for text in reversed(near):
        if text.box[3] < middle and _continues(text, [*labels, *above], height):
            above.append(text)
    if len(above) == 1 and middle - above[0].center_y > 0.9 * height:
        above = []  # a title
    found = above
    for text in near:
        if text.box[3] >= middle and _continues(text, [*labels, *found], height):
            found.append(text)
    return found


def _are_set_off(labels: Sequence[Text], lines: Sequence[Text], near: Iterable[Text]) -> bool:
    """Whether second lines look like the labels, and what stands below both does not."""
    bottom = max(text.center_y for text in (*labels, *lines))
    after = [text for text in near if text.center_y > bottom + 0.5 * text.height]
    like = sum(looks_like(line, labels[0]) for line in lines)
    return like >= ALIKE * len(lines) and not any(looks_like(text, labels[0]) for text in after)


def _continues(text: Text, lines: Sequence[Text], height: float) -> bool:
    """Whether a text is another line of one of `lines`, or stands beside them, a bit off."""
    over = [line for line in lines if _are_over(line, text)]
    if not over:
        return abs(text.center_y - lines[0].center_y) < 0.9 * height and set_alike(text, lines[0])
    gap = min(max(text.box[1] - line.box[3], line.box[1] - text.box[3]) for line in over)
    alike = set_alike(text, over[0]) or (is_aside(text) and not is_aside(over[0]))
    return -0.5 * height < gap < 0.3 * height and alike


def _join_wrapped(texts: Sequence[Text]) -> tuple[Text, ...]:
    columns: list[list[Text]] = []
    for text in sorted(texts, key=lambda text: (text.box[1], text.box[0])):
        home = next((own for own in columns if _are_over(own[0], text)), None)
        if home is None:
            columns.append([text])
        else:
            home.append(text)
    slash = any(column[0].text.endswith("/") for column in columns if len(column) > 1)
    joined = [
        replace(
            column[0],
            text=" ".join([_first_line(column, slash), *(text.text for text in column[1:])]),
            box=union_box([text.box for text in column]),
        )
        for column in columns
    ]
    return tuple(sorted(joined, key=lambda text: text.box[0]))


def _first_line(column: Sequence[Text], slash: bool) -> str:
    """The first line of a label; a slash at its end may have been read as a letter, and is mended
    where another label of the header has one."""
    text = column[0].text
    mended = slash and len(column) > 1 and len(text) > 2 and text[-1] in "Il|1"
    return f"{text[:-1]}/" if mended else text


def _are_over(one: Text, other: Text) -> bool:
    """Whether two texts share a part of their width, more than an icon read with one of them."""
    shared = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    return shared > OVER * min(one.width, other.width)
