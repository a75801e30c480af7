"""The parts of the shared page, each a piece of HTML with everything in it escaped."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from itertools import groupby

from ghost_engine.data.images import Picture
from ghost_engine.inference.protocol import Evidence, Result
from ghost_engine.sql.render import to_svg
from ghost_engine.sql.report import Report
from ghost_engine.sql.samples import Samples, TableSample

MAX_SHOT_WIDTH = 1600  # pixels
MAX_SHOT_BYTES = 700_000  # a larger PNG becomes a JPEG

_ICONS = {"runs": "✓", "runs after repair": "⚒", "fails": "✕", "not checked": "?"}
_MEANINGS = {
    "runs": "PostgreSQL executed every statement.",
    "runs after repair": "PostgreSQL executed it once changes were made.",
    "fails": "PostgreSQL, or a rule, refused a statement.",
    "not checked": "No PostgreSQL has judged this script.",
}
_TOKENS = (  # Pygments' token type -> our class
    ("Token.Comment", "c"),
    ("Token.Keyword", "k"),
    ("Token.Name.Builtin", "k"),
    ("Token.Literal.String", "s"),
    ("Token.Literal.Number", "n"),
)


def clean(text: str) -> str:
    """`text` without halves of pairs and control characters, which no file can carry."""
    return "".join(
        char
        if char in "\n\t" or (char >= " " and not "\x7f" <= char <= "\x9f" and not _half(char))
        else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def escaped(text: str) -> str:
    """`text` safe between tags and in quoted attributes."""
    return html.escape(clean(text))


def verdict_chip(report: Report | None) -> str:
    """The word of the verdict with its icon and colour."""
    word = report.status if report else "not checked"
    return (
        f'<span class="chip {word.replace(" ", "-")}" title="{_MEANINGS[word]}">'
        f'<span aria-hidden="true">{_ICONS[word]}</span>{word.capitalize()}</span>'
    )


def problems(result: Result) -> str:
    """Why there is no schema, or what PostgreSQL said against it; "" when all is well."""
    found = [
        f'<div class="problem"><b>Line {problem.line}</b> {escaped(problem.message)}'
        f'<p class="quiet">{escaped(problem.hint)}</p></div>'
        for problem in (result.report.errors if result.report else ())
        if not problem.follows
    ]
    reason = f"<p>{escaped(result.reason)}</p>" if result.reason and not found else ""
    return _section("What is wrong", "", reason + "".join(found)) if found or reason else ""


def screenshots(pictures: Sequence[Picture], columns: Sequence[Evidence]) -> str:
    """The screenshots with the boxes that columns were read from."""
    figures = [_figure(picture, number, columns) for number, picture in enumerate(pictures)]
    hint = "Point at a column to see where it was read." if any(c.box for c in columns) else ""
    title = "Screenshot" if len(pictures) == 1 else "Screenshots"
    return _section(title, hint, "".join(figures)) if figures else ""


def _figure(picture: Picture, number: int, columns: Sequence[Evidence]) -> str:
    width, height = picture.pixels.size
    boxes = "".join(
        _box(index, column)
        for index, column in enumerate(columns)
        if column.box and column.image == number
    )
    return (
        f'<figure><div class="shot"><img src="{_data_url(picture)}" width="{width}" '
        f'height="{height}" alt="{escaped(picture.name)}">'
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none">{boxes}</svg></div>'
        f'<figcaption class="quiet">{escaped(picture.name)}, {width} × {height}</figcaption>'
        "</figure>"
    )


def _box(index: int, column: Evidence) -> str:
    assert column.box is not None
    left, top, right, bottom = (int(edge) for edge in column.box)
    return (
        f'<rect data-read="{index}" x="{left}" y="{top}" width="{max(0, right - left)}" '
        f'height="{max(0, bottom - top)}" rx="3"><title>{escaped(column.table)}.'
        f"{escaped(column.column)}</title></rect>"
    )


def _data_url(picture: Picture) -> str:
    """The picture as PNG, or as JPEG where that is much smaller."""
    data, kind = picture.preview(MAX_SHOT_WIDTH), "png"
    if len(data) > MAX_SHOT_BYTES:
        pixels = picture.pixels.copy()
        pixels.thumbnail((MAX_SHOT_WIDTH, 8_000))
        small = io.BytesIO()
        pixels.save(small, "JPEG", quality=82, optimize=True)
        if small.tell() < len(data):
            data, kind = small.getvalue(), "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def column_table(columns: Sequence[Evidence]) -> str:
    """Every column with its confidence and its reason, table by table."""
    if not columns:
        return ""
    bodies = [
        f'<tbody><tr><th colspan="4" scope="rowgroup">{escaped(table)}</th></tr>'
        + "".join(_column_row(index, column) for index, column in group)
        + "</tbody>"
        for table, group in groupby(enumerate(columns), key=lambda pair: pair[1].table)
    ]
    head = (
        '<thead><tr><th scope="col">Column</th><th scope="col">Type</th>'
        '<th scope="col" class="number">Confidence</th><th scope="col">Why</th></tr></thead>'
    )
    table = f'<div class="scroll tall"><table>{head}{"".join(bodies)}</table></div>'
    return _section("Columns", "", table)


def _column_row(index: int, column: Evidence) -> str:
    sure = "–" if column.confidence is None else f"{column.confidence:.0%}".replace("%", " %")
    read = f' class="read" tabindex="0" data-read="{index}"' if column.box else ""
    label = f"“{column.label}”: " if column.label else ""
    return (
        f"<tr{read}><td>{escaped(column.column)}</td><td><code>{escaped(column.type)}</code></td>"
        f'<td class="number">{sure}</td><td>{escaped(label + column.reason)}</td></tr>'
    )


def diagram(report: Report | None) -> str:
    """The drawing of the schema, or "" when there are no tables."""
    if report is None or not report.schema.tables:
        return ""
    legend = "PK primary key · FK foreign key · UK unique · ? may be null"
    return _section("Diagram", legend, f'<div class="scroll diagram">{to_svg(report.schema)}</div>')


def sql_text(sql: str) -> str:
    """The script with its colours and a copy button."""
    sql = clean(sql).strip()
    if not sql:
        return ""
    head = '<div class="line"><h2>SQL</h2><button id="copy" type="button">Copy</button></div>'
    code = f'<div class="scroll"><pre><code id="sql">{_coloured(sql)}</code></pre></div>'
    return f"<section>{head}{code}</section>"


def _coloured(sql: str) -> str:
    from pygments.lexers.sql import PostgresLexer  # 0.1 s to import

    lexer = PostgresLexer(stripnl=False, ensurenl=False)
    parts = []
    for kind, text in lexer.get_tokens(sql):
        name = next((css for prefix, css in _TOKENS if str(kind).startswith(prefix)), "")
        safe = html.escape(text)
        parts.append(f'<span class="{name}">{safe}</span>' if name and text.strip() else safe)
    return "".join(parts)


def sample_tables(samples: Samples) -> str:
    """The rows of every table that has any; values off the screen bear a mark."""
    tables = [_sample(sample) for sample in samples.tables if sample.rows and sample.columns]
    if not tables:
        return ""
    marked = any(sample.read for sample in samples.tables)
    legend = (
        '<span class="key"></span>read from the screenshot, the rest is made up'
        if marked
        else "made up to fit the types"
    )
    title = f'<div class="line"><h2>Sample rows</h2><span class="quiet">{legend}</span></div>'
    return f'<section>{title}<div class="samples">{"".join(tables)}</div></section>'


def _sample(sample: TableSample) -> str:
    head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in sample.columns)
    rows = "".join(
        "<tr>" + "".join(map(_cell, row, seen)) + "</tr>"
        for row, seen in zip(sample.rows, sample.from_screen, strict=True)
    )
    count = f"{len(sample.rows)} row{'' if len(sample.rows) == 1 else 's'}"
    return (
        f'<div><div class="line"><h3>{escaped(sample.table)}</h3>'
        f'<span class="quiet">{count}</span></div><div class="scroll"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></div>"
    )


def _cell(text: str | None, seen: bool) -> str:
    if text is None:
        return '<td class="null">null</td>'
    mark = ' class="seen"' if seen else ""
    whole = f' title="{escaped(text)}"' if len(text) > 32 else ""
    return f"<td{mark}{whole}>{escaped(text)}</td>"


def _section(title: str, hint: str, body: str) -> str:
    note = f'<span class="quiet">{hint}</span>' if hint else ""
    return f'<section><div class="line"><h2>{title}</h2>{note}</div>{body}</section>'


def _half(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"
