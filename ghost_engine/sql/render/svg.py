"""A schema as one self-contained SVG: boxes, rows, crow's feet; no script, no font, no request.

Colours are CSS variables (`--er-accent`, `--er-text`, ...) on the root element and follow
`prefers-color-scheme` unless light or dark is asked for. Text widths are estimated, so names longer
than a box are cut; the whole name, type and default stand in each row's tooltip.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape

from ghost_engine.sql.render.keys import Relationship, key_marks, relationships, short_type
from ghost_engine.sql.render.layout import Box, Link, place
from ghost_engine.sql.schema import Column, Schema, Table

HEADER = 32.0
ROW = 23.0
PAD = 12.0
MARGIN = 16.0
MAX_ROWS = 48
MAX_LETTERS = 34

_LIGHT = {
    "page": "#ffffff",
    "box": "#ffffff",
    "head": "#f5f6f8",
    "edge": "#d3d7de",
    "text": "#1d2127",
    "muted": "#68717d",
    "line": "#8b949f",
    "accent": "#4a56c9",
}
_DARK = {
    "page": "#121417",
    "box": "#181b1f",
    "head": "#20242a",
    "edge": "#383e47",
    "text": "#e3e6ea",
    "muted": "#98a1ac",
    "line": "#78828e",
    "accent": "#8f98f2",
}
_RULES = """
.ghost-er text{font:13px system-ui,-apple-system,"Segoe UI","Source Sans 3",sans-serif;\
fill:var(--er-text)}
.ghost-er .er-name{font-weight:600}
.ghost-er .er-type{font:11.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;\
fill:var(--er-muted);text-anchor:end}
.ghost-er .er-mark{font:600 9.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;\
fill:var(--er-muted)}
.ghost-er .er-pk{fill:var(--er-accent)}
.ghost-er .er-more{fill:var(--er-muted);font-style:italic}
.ghost-er .er-box{fill:var(--er-box);stroke:var(--er-edge)}
.ghost-er .er-head{fill:var(--er-head)}
.ghost-er .er-rule{stroke:var(--er-edge)}
.ghost-er .er-hit{fill:transparent}
.ghost-er .er-row:hover .er-hit{fill:var(--er-accent);fill-opacity:.12}
.ghost-er .er-link path{fill:none;stroke:var(--er-line);stroke-width:1.3}
.ghost-er .er-link .er-dot{fill:var(--er-page)}
.ghost-er .er-link .er-wide{stroke-width:11;stroke:transparent}
.ghost-er .er-link:hover path:not(.er-wide){stroke:var(--er-accent);stroke-width:2}
"""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table with what is drawn of it: `marks[i]` belongs to `columns[i]`."""

    table: Table
    columns: tuple[Column, ...]
    marks: tuple[str, ...]
    mark_width: float
    width: float
    height: float


def to_svg(schema: Schema, dark: bool | None = None) -> str:
    """The ER diagram as SVG text.

    Args:
        schema: what to draw; without tables the drawing says so.
        dark: the colours to use; None follows the reader's system.
    """
    sheets = [_sheet(table) for table in schema.tables]
    boxes = [Box(sheet.width, sheet.height) for sheet in sheets]
    related = relationships(schema)
    links = _links(sheets, related)
    width, height = place(boxes, links) if boxes else (220.0, 40.0)
    parts = [_line(link, relation) for link, relation in zip(links, related, strict=True)]
    parts += [_box(sheet, box) for sheet, box in zip(sheets, boxes, strict=True)]
    if not boxes:
        parts.append('<text class="er-more" x="0" y="24">No tables yet</text>')
    return _document("".join(parts), width + 2 * MARGIN, height + 2 * MARGIN, len(boxes), dark)


def _document(body: str, width: float, height: float, count: int, dark: bool | None) -> str:
    tables = "1 table" if count == 1 else f"{count} tables"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ghost-er" role="img" '
        f'aria-label="Diagram of {tables}" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.1f} {height:.1f}">'
        f"<style>{_style(dark)}</style>"
        f'<rect x="{-MARGIN:g}" y="{-MARGIN:g}" width="100%" height="100%" '
        f'fill="var(--er-page)"/>{body}</svg>\n'
    )


def _style(dark: bool | None) -> str:
    def scheme(colours: dict[str, str]) -> str:
        return ".ghost-er{" + "".join(f"--er-{k}:{v};" for k, v in colours.items()) + "}"

    if dark is not None:
        return scheme(_DARK if dark else _LIGHT) + _RULES
    night = f"@media screen and (prefers-color-scheme:dark){{{scheme(_DARK)}}}"
    return scheme(_LIGHT) + night + _RULES


def _sheet(table: Table) -> _Sheet:
    columns = table.columns if len(table.columns) <= MAX_ROWS else table.columns[: MAX_ROWS - 1]
    marks = tuple(" ".join(key_marks(table, column.name)) for column in columns)
    mark_width = 6.0 * max((len(mark) for mark in marks), default=0)
    rows = [
        _letters(column.name) * 7.6 + _letters(short_type(column.type)) * 7.1 for column in columns
    ]
    body = mark_width + (8 if mark_width else 0) + max(rows, default=0) + 22
    width = 2 * PAD + max(body, _letters(table.qualified) * 8.4, 96)
    count = len(columns) + (len(columns) < len(table.columns))
    height = HEADER + ROW * count + (5 if count else 0)
    return _Sheet(table, columns, marks, mark_width, width, height)


def _links(sheets: list[_Sheet], related: tuple[Relationship, ...]) -> list[Link]:
    number = {sheet.table: index for index, sheet in enumerate(sheets)}
    links = []
    for relation in related:
        parent, child = number[relation.parent], number[relation.child]
        start_y = _port(sheets[parent], relation.key.target_columns)
        end_y = _port(sheets[child], relation.key.columns)
        if parent == child and start_y == end_y:
            start_y = HEADER / 2
        links.append(Link(parent, child, start_y, end_y))
    return links


def _port(sheet: _Sheet, columns: tuple[str, ...]) -> float:
    """The height of the first column's row; the last row where it is not drawn."""
    names = [column.name for column in sheet.columns]
    if not names or not columns:
        return HEADER / 2
    row = names.index(columns[0]) if columns[0] in names else len(names)
    return HEADER + ROW * row + ROW / 2 + 2


def _box(sheet: _Sheet, box: Box) -> str:
    width, height = f"{box.width:.1f}", f"{box.height:.1f}"
    rows = "".join(_row(sheet, index) for index in range(len(sheet.columns)))
    hidden = len(sheet.table.columns) - len(sheet.columns)
    if hidden:
        y = HEADER + ROW * (len(sheet.columns) + 1) - 5
        rows += f'<text class="er-more" x="{PAD}" y="{y:.1f}">{hidden} more columns</text>'
    title = sheet.table.qualified + (f"\n{sheet.table.comment}" if sheet.table.comment else "")
    return (
        f'<g transform="translate({box.x:.1f} {box.y:.1f})">'
        f'<rect class="er-box" width="{width}" height="{height}" rx="6"/>'
        f'<g><title>{_text(title)}</title><path class="er-head" d="M.5 {HEADER:g}V6.5a6 6 0 0 1 6-6'
        f'H{box.width - 6.5:.1f}a6 6 0 0 1 6 6V{HEADER:g}z"/>'
        f'<text class="er-name" x="{PAD}" y="21">{_text(_cut(sheet.table.qualified))}</text></g>'
        f'<path class="er-rule" d="M0 {HEADER:g}H{width}"/>{rows}</g>'
    )


def _row(sheet: _Sheet, index: int) -> str:
    column, mark = sheet.columns[index], sheet.marks[index]
    top = HEADER + 2 + ROW * index
    x = PAD + (sheet.mark_width + 8 if sheet.mark_width else 0)
    kind = "er-mark er-pk" if mark.startswith("PK") else "er-mark"
    marked = f'<text class="{kind}" x="{PAD}" y="{top + 15:.1f}">{mark}</text>' if mark else ""
    return (
        f'<g class="er-row"><title>{_text(_describe(column))}</title>'
        f'<rect class="er-hit" x="1" y="{top:.1f}" width="{sheet.width - 2:.1f}" height="{ROW}"/>'
        f'{marked}<text x="{x:.1f}" y="{top + 15.5:.1f}">{_text(_cut(column.name))}</text>'
        f'<text class="er-type" x="{sheet.width - PAD:.1f}" y="{top + 15.5:.1f}">'
        f"{_text(_cut(short_type(column.type)))}{'' if not column.nullable else '?'}</text></g>"
    )


def _describe(column: Column) -> str:
    parts = [column.name, column.type, "" if column.nullable else "not null"]
    parts += [f"default {column.default}" if column.default else ""]
    parts += [f"generated {column.identity} as identity" if column.identity else ""]
    parts += [f"generated as {column.generated}" if column.generated else ""]
    return " · ".join(part for part in parts if part) + (
        f"\n{column.comment}" if column.comment else ""
    )


def _line(link: Link, relation: Relationship) -> str:
    key = relation.key
    title = (
        f"{relation.child.qualified} ({', '.join(key.columns)}) → "
        f"{relation.parent.qualified} ({', '.join(key.target_columns)})\n"
        f"on delete {key.on_delete.lower()}, on update {key.on_update.lower()}"
    )
    path = _rounded(link.points)
    parent = _end(link.points[0], link.points[1], many=False, optional=relation.optional)
    child = _end(link.points[-1], link.points[-2], many=not relation.single, optional=True)
    return (
        f'<g class="er-link"><title>{_text(title)}</title><path class="er-wide" d="{path}"/>'
        f'<path d="{path}"/>{parent}{child}</g>'
    )


def _rounded(points: list[tuple[float, float]]) -> str:
    """An SVG path through the points with corners of up to 7 px."""
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(7.0, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, reach), _towards(corner, after, reach)
        path += f"L{start[0]:.1f} {start[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f} "
        path += f"{end[0]:.1f} {end[1]:.1f}"
    return path + f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])  # the lines run along the axes


def _towards(a: tuple[float, float], b: tuple[float, float], reach: float) -> tuple[float, float]:
    share = reach / (_distance(a, b) or 1.0)
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _end(at: tuple[float, float], away: tuple[float, float], *, many: bool, optional: bool) -> str:
    """The crow's foot at a box: fork or bar, then circle or bar."""
    x, y = at
    out = 1 if away[0] >= x else -1
    first = (
        f"M{x:.1f} {y - 6:.1f}L{x + out * 11:.1f} {y:.1f}L{x:.1f} {y + 6:.1f}"
        if many
        else f"M{x + out * 7:.1f} {y - 5:.1f}v10"
    )
    middle = x + out * (15 if many else 14)
    if optional:
        return (
            f'<path d="{first}"/><path class="er-dot" d="M{middle - 4:.1f} {y:.1f}'
            'a4 4 0 1 0 8 0a4 4 0 1 0 -8 0"/>'
        )
    return f'<path d="{first}M{x + out * 12:.1f} {y - 5:.1f}v10"/>'


def _letters(text: str) -> float:
    """Estimated width in latin letters; East Asian ones count 1.7."""
    text = _cut(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + 0.7 * wide


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LETTERS else text[: MAX_LETTERS - 1] + "…"


def _text(text: str) -> str:
    """Escaped for XML, which knows no control characters but line breaks."""
    return escape(
        "".join(
            char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}"
            for char in text
        )
    )
