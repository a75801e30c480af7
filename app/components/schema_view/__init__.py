"""A schema to look at: an ER diagram to zoom, its tables as cards, and its downloads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import zoom
from ghost_engine.sql.render import to_dot, to_json, to_mermaid, to_svg
from ghost_engine.sql.render.keys import key_marks, short_type
from ghost_engine.sql.schema import Column, Schema, Table

_HERE = Path(__file__).parent
_diagram = st.components.v2.component(
    "ghost_diagram",
    html=zoom.frame(),
    css=zoom.STYLE + (_HERE / "diagram.css").read_text(encoding="utf-8"),
    js=zoom.SCRIPT + (_HERE / "diagram.js").read_text(encoding="utf-8"),
)
_tables = st.components.v2.component(
    "ghost_tables",
    html='<div class="tables" data-tables tabindex="0" role="group" aria-label="Tables"></div>',
    css=(_HERE / "tables.css").read_text(encoding="utf-8"),
    js=(_HERE / "tables.js").read_text(encoding="utf-8"),
)


def draw_diagram(schema: Schema, *, key: str, height: str = "480px") -> None:
    """The ER diagram; `height` of its frame in CSS."""
    _diagram(key=key, data={"svg": to_svg(schema), "view_height": height})


def draw_tables(schema: Schema, *, key: str, height: str = "480px") -> None:
    """Every table with its columns, keys, defaults and rules."""
    _tables(
        key=key,
        data={
            "tables": [_card(table) for table in schema.tables],
            "enums": [{"name": enum.name, "labels": list(enum.labels)} for enum in schema.enums],
            "view_height": height,
        },
    )


def draw_downloads(sql: str, schema: Schema, name: str, share: Callable[[], str] | None) -> None:
    """The download buttons, in a popover. Each file is written when its button is pressed.

    Args:
        name: of the files, without a suffix.
        share: writes the self-contained HTML page; None leaves that button out.
    """
    with st.popover("Download", icon=":material/download:"):
        _download("SQL (.sql)", lambda: sql, f"{name}.sql", "application/sql")
        if schema.tables:
            _download("Mermaid (.mmd)", lambda: to_mermaid(schema), f"{name}.mmd", "text/plain")
            _download("Graphviz (.dot)", lambda: to_dot(schema), f"{name}.dot", "text/vnd.graphviz")
            _download("Schema (.json)", lambda: to_json(schema), f"{name}.json", "application/json")
            _download("Diagram (.svg)", lambda: to_svg(schema), f"{name}.svg", "image/svg+xml")
        if share:
            _download("Page to share (.html)", share, f"{name}.html", "text/html")


def _download(label: str, write: Callable[[], str], file_name: str, mime: str) -> None:
    st.download_button(
        label,
        write,
        file_name=file_name,
        mime=mime,
        key=f"download-{file_name.rsplit('.', 1)[-1]}",
        on_click="ignore",
        width="stretch",
    )


def _card(table: Table) -> dict[str, Any]:
    return {
        "name": table.qualified,
        "comment": table.comment,
        "columns": [_row(table, column) for column in table.columns],
        "notes": [check.expression for check in table.checks]
        + [f"UNIQUE ({', '.join(unique.columns)})" for unique in table.uniques],
    }


def _row(table: Table, column: Column) -> dict[str, Any]:
    targets = [
        f"{key.target}.{key.target_columns[key.columns.index(column.name)]}"
        for key in table.foreign_keys
        if column.name in key.columns
    ]
    filled = f"default {column.default}" if column.default else ""
    filled = f"identity, {column.identity}" if column.identity else filled
    filled = f"= {column.generated}" if column.generated else filled
    return {
        "name": column.name,
        "type": short_type(column.type),
        "keys": list(key_marks(table, column.name)),
        "target": targets[0] if targets else None,
        "required": not column.nullable,
        "filled": filled,
        "comment": column.comment,
    }
