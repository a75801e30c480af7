"""Sections: cards of a page that each have a heading and hold a record, a form or a table.

A page and its controls go in, each section comes out as a page of its own with its heading apart.
What stands in one card is never a row or a label of what stands in another.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from ghost_engine.inference.baseline.controls import Control, font_size, holds, stacks
from ghost_engine.inference.baseline.labels import is_action, is_label
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Region, moved, moved_box
from ghost_engine.inference.baseline.texts import Row, Text, group_rows, union_box
from ghost_engine.inference.protocol import Box

MIN_SECTIONS = 2
MIN_TEXTS = 4
EDGE = 3  # pixels from the page's edges
MAX_SHARE = 0.85  # of the page's area; more is its ground
MAX_HEAD_WORDS = 6
BOLDER = 1.15  # times the usual weight or size of what is below
SAME = 3  # cards with one heading, or one first label, are the entries of a list
CARD = 0.5  # of the texts of two cards alike
# In font sizes:
MIN_HEIGHT, MIN_WIDTH = 4.0, 12.0
HEAD = 4.5  # from a card's upper edge to the middle of its heading


@dataclass(frozen=True, slots=True)
class Section:
    """A card with its heading and the texts below it, in pixels of the page."""

    box: Box
    head: Text
    texts: tuple[Text, ...]


Find = Callable[[Page, Sequence[Control], Image.Image, Sequence[Box]], tuple[Region, ...]]


def find_sections(page: Page, controls: Sequence[Control]) -> tuple[Section, ...]:
    """The sections of a page's body, top to bottom; none where they are the entries of a list.
    Sections of which there is but one tell the heading of what they hold, no more."""
    size = font_size(page.body)
    found: list[Section] = []
    for box in _cards(page, controls, size):
        if any(holds(section.box, box) or holds(box, section.box) for section in found):
            continue
        section = _section(box, page, size)
        if section is not None:
            found.append(section)
    if _are_entries(found):
        return ()
    return tuple(sorted(found, key=lambda section: (section.box[1], section.box[0])))


def columns(found: Mapping[Section, Sequence[Region]]) -> list[list[Section]]:
    """Sections below each other that hold parts of one record, one of them too short to be told
    alone."""
    groups: dict[tuple[int, int], list[Section]] = {}
    for section, regions in found.items():
        if all(region.kind == "detail" for region in regions):
            groups.setdefault((section.box[0], section.box[2]), []).append(section)
    return [
        group
        for group in groups.values()
        if len(group) > 1 and not all(found[section] for section in group)
    ]


def joined(sections: Sequence[Section]) -> Section:
    """Sections as one, under the first heading."""
    texts = tuple(text for section in sections for text in section.texts)
    return Section(union_box([each.box for each in sections]), sections[0].head, texts)


def captioned(region: Region, sections: Sequence[Section]) -> Region:
    """A region with the heading of the card it stands in as its caption."""
    home = next((each for each in sections if holds(each.box, region.box, 4)), None)
    if home is None or region.caption is not None or region.kind not in ("detail", "form", "table"):
        return region
    head = home.head
    own = any(holds(field.box, head.box, 0) for field in region.fields)
    top = region.box[1]
    between = any(head.box[3] <= text.center_y < top for text in home.texts)
    return region if own or between or top < head.box[3] else replace(region, caption=head)


def outside(page: Page, sections: Iterable[Section]) -> Page:
    """The page without its sections."""
    told = {text for section in sections for text in (section.head, *section.texts)}
    return replace(page, body=tuple(text for text in page.body if text not in told))


def read_section(
    section: Section,
    page: Page,
    controls: Sequence[Control],
    image: Image.Image,
    panels: Sequence[Box],
    find: Find,
) -> tuple[Region, ...]:
    """What `find` finds in a section as if it were all of a picture, its heading the caption."""
    x0, y0 = section.box[:2]
    placed = {text: replace(text, box=moved_box(text.box, -x0, -y0)) for text in section.texts}
    own = Page(
        width=page.width,  # distances are judged by the page
        height=page.height,
        body=tuple(placed.values()),
        framed=frozenset(placed[text] for text in section.texts if text in page.framed),
    )
    regions = find(
        own,
        [replace(c, box=moved_box(c.box, -x0, -y0)) for c in controls if holds(section.box, c.box)],
        image.crop(section.box),
        [moved_box(box, -x0, -y0) for box in panels if holds(section.box, box)],
    )
    return tuple(replace(moved(region, x0, y0), caption=section.head) for region in regions)


def _cards(page: Page, controls: Sequence[Control], size: float) -> list[Box]:
    """What may be sections, the largest first."""
    surfaces = [control for control in controls if control.shape in ("panel", "box")]
    boxes = {control.box for control in surfaces} | set(stacks(surfaces))
    most = MAX_SHARE * page.width * page.height
    fit = [
        box
        for box in boxes
        if box[3] - box[1] >= MIN_HEIGHT * size
        and box[2] - box[0] >= MIN_WIDTH * size
        and _area(box) <= most
        and not (box[0] <= EDGE and box[2] >= page.width - EDGE and box[1] <= EDGE)  # a bar
    ]
    return sorted(fit, key=lambda box: (-_area(box), box))


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _section(box: Box, page: Page, size: float) -> Section | None:
    """A card as a section, where a heading stands alone over at least a row of texts."""
    texts = [text for text in page.body if holds(box, text.box, 4)]
    rows = group_rows(texts)
    if len(texts) < MIN_TEXTS or len(rows) < MIN_SECTIONS:
        return None
    head, below = rows[0][0], [text for row in rows[1:] for text in row]
    alone = all(text in page.framed or _is_beside_a_head(text) for text in rows[0][1:])
    near = head.center_y - box[1] < HEAD * size and head.box[0] - box[0] < HEAD * size
    if not (alone and near and _may_head(head) and _stands_out(head, rows[1:])):
        return None
    return Section(box, head, tuple(below))


def _is_beside_a_head(text: Text) -> bool:
    """Whether a text right of a heading is a count or a button, no second label."""
    return text.text.strip("()+").isdigit() or is_action(text.text) or len(text.text) < 3


def _may_head(text: Text) -> bool:
    said = text.text.rstrip("0123456789() ")
    words = len(said.split())
    return 0 < words <= MAX_HEAD_WORDS and is_label(said) and not is_action(said)


def _stands_out(head: Text, rows: Sequence[Row]) -> bool:
    """Whether a heading is set larger, bolder, in capitals or on another ground than what is
    below it."""
    below = [text for row in rows for text in row]
    size = statistics.median(text.size for text in below)
    weight = statistics.median(text.look.weight for text in below)
    grounds = Counter(text.look.ground for text in below)
    usual = grounds.most_common(1)[0][0]
    apart = max(abs(a - b) for a, b in zip(head.look.ground, usual, strict=True)) > 4
    capitals = head.text.isupper() and sum(text.text.isupper() for text in below) < len(below) / 3
    return capitals or apart or head.size > BOLDER * size or head.look.weight > BOLDER * weight


def _are_entries(sections: Sequence[Section]) -> bool:
    """Whether cards hold the same labels again and again, or share a heading: one list."""
    if len(sections) < SAME:
        return False
    heads = Counter(section.head.text.lower() for section in sections)
    if max(heads.values()) >= SAME:
        return True
    sizes = Counter((box[2] - box[0], box[3] - box[1]) for box in (s.box for s in sections))
    if max(sizes.values()) >= SAME:
        return True
    words = [{text.text.lower() for text in section.texts} for section in sections]
    alike = sum(
        len(own & other) >= CARD * min(len(own), len(other))
        for place, own in enumerate(words)
        for other in words[place + 1 :]
    )
    return alike >= SAME
