"""The queue at the left: filters, one page of rows, and the pager.

The grid gets 50 rows at most and sends back the id of a row that was clicked or entered; filtering,
sorting and counting happen in the store.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pandas as pd
import streamlit as st
from st_aggrid import AgGrid, JsCode

from app.components.words import plain
from app.curate import filtering
from app.curate.deciding import go_to
from app.curate.desk import PAGE_ROWS, Desk, read_page
from app.curate.words import RUNS_WORDS, STATUS_ICONS, STATUS_WORDS, problem_title
from ghost_engine.data.records import Counts, Page, QueueRow
from ghost_engine.data.store import Store

GRID = "queue-grid"
GRID_HEIGHT = 460
RUNS = {True: "✓", False: "✗", None: "?"}

# What a click sends back: one id, and the moment, so that the same row can be opened again.
_RETURN = JsCode(
    "function({eventData}) {"
    " return eventData && eventData.data ? {id: eventData.data.id, at: Date.now()} : null }"
)
_ONLY_OPENING = JsCode(
    "function({streamlitRerunEventTriggerName, eventData}) {"
    " return streamlitRerunEventTriggerName === 'cellClicked' ||"
    " (streamlitRerunEventTriggerName === 'cellKeyDown' && eventData.event.key === 'Enter') }"
)
_ROW_ID = JsCode("function(row) { return String(row.data.id) }")
_OPTIONS: dict[str, Any] = {
    "columnDefs": [
        {
            "field": "runs",
            "headerName": "",
            "width": 30,
            "tooltipField": "verdict",
            "cellClassRules": {"good": "x == '✓'", "bad": "x == '✗'", "unknown": "x == '?'"},
        },
        {"field": "screen", "headerName": "Screen", "flex": 1, "tooltipField": "about"},
        {"field": "size", "headerName": "Size", "width": 52, "type": "rightAligned",
         "headerTooltip": "Tables and columns", "tooltipField": "sizes"},
        {"field": "state", "headerName": "", "width": 30, "tooltipField": "status"},
    ],
    "defaultColDef": {
        "sortable": False, "resizable": False, "suppressMovable": True,
        "suppressHeaderMenuButton": True, "minWidth": 24,
    },
    "rowHeight": 28,
    "headerHeight": 26,
    "suppressCellFocus": False,
    "suppressColumnVirtualisation": True,
    "tooltipShowDelay": 400,
    "animateRows": False,
    "overlayNoRowsTemplate": "Nothing matches these filters.",
    "rowClassRules": {"ag-row-open": "data.open"},
    "getRowId": _ROW_ID,
}  # fmt: skip
_CSS = {
    "#gridContainer": {"height": "100vh !important"},
    ".ag-root-wrapper": {"border-radius": "6px !important", "font-size": "12.5px !important"},
    ".ag-cell, .ag-header-cell": {"padding": "0 6px !important"},
    "body, .ag-root-wrapper, .ag-row, .ag-header": {"background-color": "transparent !important"},
    ".ag-row": {"cursor": "pointer"},
    ".ag-row-open": {
        "background-color": "color-mix(in srgb, #4a56c9 22%, transparent) !important",
        "font-weight": "600",
        "box-shadow": "inset 3px 0 0 #4a56c9",
    },
    ".good": {"color": "#22945a"},
    ".bad": {"color": "#d04848", "font-weight": "700"},
    ".unknown": {"color": "#8b949f"},
}


def draw(store: Store, desk: Desk, counts: Counts) -> None:
    """Draws the queue of this desk."""
    filtering.draw(store, desk, counts)
    page, desk.rows = desk.rows or read_page(store, desk), None
    if not page.rows and desk.page:
        desk.page = 0
        page = read_page(store, desk)
    with st.container(key="queue"):
        _grid(store, desk, page)
    _pager(desk, page)


def _grid(store: Store, desk: Desk, page: Page) -> None:
    def clicked(answer: Any) -> None:
        wanted = answer.get("id")
        if wanted is not None and (desk.example is None or desk.example.id != wanted):
            go_to(store, desk, int(wanted))

    opened = desk.example.id if desk.example else None
    AgGrid(
        pd.DataFrame([_line(row, opened) for row in page.rows], columns=_FIELDS),
        gridOptions=dict(_OPTIONS),
        height=GRID_HEIGHT,
        key=GRID,
        update_on=["cellClicked", "cellKeyDown"],
        data_return_mode="CUSTOM",
        custom_jscode_for_grid_return=_RETURN,
        should_grid_return=_ONLY_OPENING,
        callback=clicked,
        custom_css=_CSS,
        allow_unsafe_jscode=True,
        server_sync_strategy="server_wins",
    )


_FIELDS = ["id", "runs", "verdict", "screen", "about", "size", "sizes", "state", "status", "open"]


def _line(row: QueueRow, opened: int | None) -> dict[str, Any]:
    name = PurePosixPath(row.path).stem if row.path else f"#{row.id}"
    known = row.tables > 0
    problems = ", ".join(problem_title(code) for code in row.problems)
    about = [f"#{row.id}", name, row.provider, problems]
    return {
        "id": row.id,
        "runs": RUNS[row.executes],
        "verdict": RUNS_WORDS[row.executes],
        "screen": f"{name} · {row.domain}" if row.domain else name,
        "about": ", ".join(part for part in about if part),
        "size": f"{row.tables}/{row.columns}" if known else "",
        "sizes": f"{row.tables} tables, {row.columns} columns" if known else "",
        "state": ("★" if row.golden else "") + STATUS_ICONS[row.status],
        "status": STATUS_WORDS[row.status],
        "open": row.id == opened,
    }


def _pager(desk: Desk, page: Page) -> None:
    pages = max(1, -(-page.total // PAGE_ROWS))
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        first = page.number * PAGE_ROWS + 1
        span = (
            f"{first:,}-{first + len(page.rows) - 1:,} of {page.total:,}" if page.rows else "None"
        )
        st.caption(f"{span} · {plain(filtering.describe(desk.filters))}", width="stretch")
        if pages > 1:
            st.button(
                "",
                icon=":material/chevron_left:",
                key="page-back",
                help="Page before",
                disabled=page.number == 0,
                on_click=_turn,
                args=(desk, -1),
                type="tertiary",
            )
            st.button("", icon=":material/chevron_right:", key="page-on", help="Next page",
                      disabled=page.number + 1 >= pages, on_click=_turn, args=(desk, 1),
                      type="tertiary")  # fmt: skip


def _turn(desk: Desk, step: int) -> None:
    desk.page = max(0, desk.page + step)
