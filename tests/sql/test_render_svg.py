"""The drawing: boxes apart, lines around them, text safe, colours as asked."""

from __future__ import annotations

import random
import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_engine.sql import Schema
from ghost_engine.sql.render import to_svg
from ghost_engine.sql.render.layout import Box, Link, place
from ghost_engine.sql.schema import Column, ForeignKey, Table

NAMESPACE = "{http://www.w3.org/2000/svg}"


def refer(name: str, *targets: str) -> Table:
    columns = tuple(Column(f"{target}_id", "bigint") for target in targets)
    keys = tuple(ForeignKey("fk", (f"{target}_id",), target, ("id",)) for target in targets)
    return Table(name, (Column("id", "bigint", False), *columns), ("id",), keys)


def crosses(box: Box, a: tuple[float, float], b: tuple[float, float]) -> bool:
    """True if the line from a to b passes through the inside of the box."""
    return (
        max(a[0], b[0]) > box.x + 1
        and min(a[0], b[0]) < box.x + box.width - 1
        and max(a[1], b[1]) > box.y + 1
        and min(a[1], b[1]) < box.y + box.height - 1
    )


def apart(a: Box, b: Box) -> bool:
    beside = a.x + a.width <= b.x or b.x + b.width <= a.x
    return beside or a.y + a.height <= b.y or b.y + b.height <= a.y


boxes_and_links = st.integers(1, 12).flatmap(
    lambda count: st.tuples(
        st.lists(st.tuples(st.floats(60, 300), st.floats(40, 400)), min_size=count, max_size=count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=18),
    )
)


@settings(max_examples=150, deadline=None)
@given(boxes_and_links)
def test_boxes_stay_apart_and_lines_go_around_them(
    case: tuple[list[tuple[float, float]], list[tuple[int, int]]],
) -> None:
    boxes = [Box(width, height) for width, height in case[0]]
    links = [Link(start, end, 10.0, 25.0) for start, end in case[1]]

    width, height = place(boxes, links)

    for index, box in enumerate(boxes):
        assert 0 <= box.x <= width - box.width + 0.1 and 0 <= box.y <= height - box.height + 0.1
        assert all(apart(box, other) for other in boxes[:index])
        for link in links:
            pairs = zip(link.points, link.points[1:], strict=False)
            assert not any(crosses(box, a, b) for a, b in pairs)


@settings(max_examples=60, deadline=None)
@given(boxes_and_links)
def test_a_line_runs_along_the_axes_from_box_to_box(
    case: tuple[list[tuple[float, float]], list[tuple[int, int]]],
) -> None:
    boxes = [Box(width, height) for width, height in case[0]]
    links = [Link(start, end, 10.0, 25.0) for start, end in case[1]]
    place(boxes, links)

    for link in links:
        start, end = boxes[link.start], boxes[link.end]
        assert abs(link.points[0][1] - start.y - 10) < 0.01
        assert abs(link.points[-1][1] - end.y - 25) < 0.01
        assert link.points[0][0] in (start.x, start.x + start.width)
        assert link.points[-1][0] in (end.x, end.x + end.width)
        for a, b in zip(link.points, link.points[1:], strict=False):
            assert a[0] == b[0] or a[1] == b[1]


def test_parents_stand_left_of_their_children() -> None:
    boxes = [Box(100, 50), Box(100, 50), Box(100, 50)]
    links = [Link(2, 1, 10, 10), Link(1, 0, 10, 10)]

    place(boxes, links)

    assert boxes[2].x < boxes[1].x < boxes[0].x


def test_two_parents_and_their_children_are_drawn_without_crossings() -> None:
    boxes = [Box(100, 50) for _ in range(4)]
    links = [Link(0, 3, 10, 10), Link(1, 2, 10, 10), Link(0, 2, 10, 20)]

    place(boxes, links)

    assert (boxes[0].y < boxes[1].y) == (boxes[3].y < boxes[2].y)


def test_a_self_reference_leaves_and_returns_on_one_side() -> None:
    boxes, links = [Box(100, 80)], [Link(0, 0, 20, 60)]

    width, _ = place(boxes, links)

    assert links[0].points[0] == (100, 20) and links[0].points[-1] == (100, 60)
    assert max(x for x, _ in links[0].points) <= width


def test_many_tables_without_keys_fill_several_columns() -> None:
    boxes = [Box(120, 100) for _ in range(12)]

    width, height = place(boxes, [])

    assert 0.7 < width / height < 3


def test_two_hundred_tables_are_placed() -> None:
    rng = random.Random(1)
    tables = [refer(f"t{n}", *{f"t{rng.randrange(200)}" for _ in range(2)}) for n in range(200)]

    root = ElementTree.fromstring(to_svg(Schema(tuple(tables))))  # noqa: S314 - our own text

    assert len(root.findall(f"{NAMESPACE}g[@class='er-link']")) >= 200


def test_the_drawing_names_tables_columns_and_short_types() -> None:
    table = Table("orders", (Column("placed_at", "timestamp with time zone", False),))

    svg = to_svg(Schema((table,)))

    texts = [element.text for element in ElementTree.fromstring(svg).iter(f"{NAMESPACE}text")]  # noqa: S314
    assert texts == ["orders", "placed_at", "timestamptz"]


def test_a_hostile_name_stays_text() -> None:
    name = '</svg><script>alert(1)</script>"\x07&'

    svg = to_svg(Schema((Table(name, (Column(name, name, default=name, comment=name),)),)))

    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    assert "<script" not in svg
    assert {element.tag.removeprefix(NAMESPACE) for element in root.iter()} <= {
        "svg", "style", "rect", "g", "title", "path", "text",
    }  # fmt: skip


def test_the_drawing_asks_for_nothing_outside() -> None:
    svg = to_svg(Schema((refer("a", "a"),)))

    assert not re.search(r"url\(|href|@import|<script|<image|<foreignObject", svg)


def test_colours_follow_the_system_unless_asked() -> None:
    schema = Schema((refer("a"),))

    assert "prefers-color-scheme:dark" in to_svg(schema)
    assert "prefers-color-scheme" not in to_svg(schema, dark=True)
    assert to_svg(schema, dark=True) != to_svg(schema, dark=False)


def test_a_table_of_hundreds_of_columns_is_cut_and_says_so() -> None:
    table = Table("wide", tuple(Column(f"c{n}", "text") for n in range(300)))

    assert "253 more columns" in to_svg(Schema((table,)))


def test_a_key_to_a_column_that_is_cut_still_has_a_line() -> None:
    wide = Table("wide", (*(Column(f"c{n}", "text") for n in range(300)), Column("id", "int")))
    child = Table(
        "child", (Column("w", "int"),), foreign_keys=(ForeignKey("f", ("w",), "wide", ("id",)),)
    )

    assert 'class="er-link"' in to_svg(Schema((wide, child)))
