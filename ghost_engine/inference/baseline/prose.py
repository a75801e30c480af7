"""What a record says in sentences: a paragraph under its title, or under a heading of its own such
as "Description", and what people wrote below it, each under a line of who and when.

A page and its named regions go in; they come out with the paragraphs among the fields of the record
shown, and with what was written beside it. Short words are left to who reads labels and values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ghost_engine.inference.baseline.bylines import read_byline
from ghost_engine.inference.baseline.clues import is_single
from ghost_engine.inference.baseline.entities import Named
from ghost_engine.inference.baseline.kinds import infer_kind
from ghost_engine.inference.baseline.labels import is_action, is_label, plain_label
from ghost_engine.inference.baseline.names import to_identifier
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Row, Text, group_rows, median_size, union_box
from ghost_engine.inference.protocol import Box

MIN_WORDS, MIN_LINE = 8, 5  # of a paragraph, and of its longest line
WORDS = 2.5  # of a text of it, on average; words side by side are tabs
SAME = 0.1  # of a size
LARGE = 1.25  # times the usual size: a title
BELOW, STEP = 3.2, 2.4  # text heights from a heading to its paragraph, and from line to line
FLUSH = 1.2  # text heights between the beginnings of lines
BESIDE = 3.0  # text heights between two heads of a table
WIDE = 1.5  # text heights between two texts of one line

Paragraph = tuple[Text, ...]


def add_prose(page: Page, named: Sequence[Named]) -> tuple[Named, ...]:
    """The named regions, the first with its paragraphs and what its bylines say."""
    if not named or named[0].region.kind != "detail" or not is_single(named[0].region):
        return tuple(named)
    region = named[0].region
    told = [field.box for each in named for field in each.region.fields if field.read]
    free = [text for text in page.body if not any(_holds(box, text) for box in told)]
    fields = [*_signed(free, region), *_paragraphs(page, free, region)]
    known = {to_identifier(field.said, "") for field in region.fields}
    more: dict[str, Field] = {}
    for field in fields:
        if (name := to_identifier(field.label, "")) not in known:
            more.setdefault(name, field)
    first = replace(region, fields=(*region.fields, *more.values()))
    return (replace(named[0], region=first), *named[1:])


def _holds(box: Box, text: Text) -> bool:
    return box[0] <= text.center_x <= box[2] and box[1] <= text.center_y <= box[3]


def _signed(texts: Sequence[Text], region: Region) -> list[Field]:
    """Who made the record and when, by the lines above its fields."""
    return [
        Field(label, (value,), row[0].box)
        for row in group_rows([text for text in texts if text.center_y < region.box[1]])
        for label, value in read_byline(" ".join(text.text for text in row))
    ]


def _paragraphs(page: Page, texts: Sequence[Text], region: Region) -> list[Field]:
    """The paragraphs of a record: each under its label, or one right under the title."""
    usual = median_size(page.body)
    found: list[Field] = []
    for head in texts:
        named = is_label(head.text) and not is_action(head.text) and not _comes_again(head, texts)
        title = head.size > LARGE * usual and head.box[3] <= region.box[3]
        lines = _below(head, texts) if (named or title) and _begins_line(head, texts) else ()
        if not lines:
            continue
        box = union_box([head.box, *(line.box for line in lines)])
        said = " ".join(line.text for line in lines)
        field = Field(plain_label(head.text), (said,), box, control="textarea")
        if named and _asks_for_prose(head):
            found.append(field)
        elif title:
            found.append(replace(field, label="Description", read=False))
    return found


def _asks_for_prose(head: Text) -> bool:
    """Whether a heading alone is that of a longer text: "Description", "Notes"."""
    kind = infer_kind(Field(plain_label(head.text), (), head.box)).name
    return kind == "longtext" and len(head.text.split()) <= 3


def _comes_again(head: Text, texts: Sequence[Text]) -> bool:
    """Whether entries of a list begin with the same word."""
    return any(
        text.text == head.text
        and text is not head
        and abs(text.box[0] - head.box[0]) < FLUSH * head.height
        and abs(text.size - head.size) < SAME * head.size
        for text in texts
    )


def _begins_line(head: Text, texts: Sequence[Text]) -> bool:
    """Whether nothing stands close on the left of a heading, as it does in the head of a table."""
    return not any(
        abs(text.center_y - head.center_y) < 0.5 * head.height
        and text.box[0] < head.box[0] < text.box[2] + BESIDE * text.height
        for text in texts
    )


def _below(head: Text, texts: Sequence[Text]) -> Paragraph:
    """The lines of the paragraph under a heading, flush with it; () where there is none."""
    height = head.height
    lines: list[Text] = []
    last = head
    under = [
        text
        for text in texts
        if text.center_y > head.box[3] - 2 and text.box[0] > head.box[0] - FLUSH * height
    ]
    for row in map(_first_run, group_rows(under)):
        first = row[0]
        if first.box[0] > head.box[2] and abs(first.box[0] - head.box[0]) > FLUSH * height:
            continue  # of another pane, or a button
        flush = abs(first.box[0] - head.box[0]) < FLUSH * height
        step = first.center_y - last.center_y
        if not flush or step > (STEP if lines else BELOW) * max(height, first.height):
            break
        if read_byline(" ".join(text.text for text in row)):
            break
        lines += row
        last = first
    words = [len(text.text.split()) for text in lines]
    enough = sum(words) >= max(MIN_WORDS, WORDS * len(words)) and max(words) >= MIN_LINE
    return tuple(lines) if enough else ()


def _first_run(row: Row) -> Row:
    """The texts of a row up to a wide gap, where another pane begins."""
    for place, (left, right) in enumerate(pairwise(row), start=1):
        if right.box[0] - left.box[2] > WIDE * right.height:
            return row[:place]
    return row
