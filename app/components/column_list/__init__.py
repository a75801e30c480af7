"""The columns of a draft with type, confidence and reason; selecting one is told to the caller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from ghost_engine.inference.protocol import Evidence

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "ghost_column_list",
    html='<div class="list" data-list tabindex="0" role="listbox" aria-label="Columns"></div>',
    css=(_HERE / "list.css").read_text(encoding="utf-8"),
    js=(_HERE / "list.js").read_text(encoding="utf-8"),
)


def column_id(column: Evidence) -> str:
    """`table.column`: how boxes, list and selection name a column."""
    return f"{column.table}.{column.column}"


def draw(
    columns: Sequence[Evidence],
    *,
    key: str,
    selected: str | None = None,
    height: str = "480px",
    on_pick: Callable[[str], None] | None = None,
) -> None:
    """Draws the list, grouped by table in order of first appearance.

    Args:
        height: in CSS; longer lists scroll.
        on_pick: called with a `column_id` before the rerun that a click or an arrow key causes.
    """

    def picked() -> None:
        if on_pick:
            on_pick(str(st.session_state[key]["pick"]))

    groups: dict[str, list[dict]] = {}
    for column in columns:
        groups.setdefault(column.table, []).append(_row(column))
    _component(
        key=key,
        data={
            "groups": [{"table": table, "columns": rows} for table, rows in groups.items()],
            "selected": selected,
            "view_height": height,
        },
        on_pick_change=picked,
    )


def _row(column: Evidence) -> dict:
    return {
        "id": column_id(column),
        "name": column.column,
        "type": column.type,
        "label": column.label,
        "reason": column.reason,
        "confidence": column.confidence,
        "boxed": column.box is not None,
    }
