"""The queue at the left: filters, one page of rows, and the pager.

The grid gets 50 rows at most and sends back the id of a row that was clicked or entered; filtering,
sorting and counting happen in the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
import streamlit as st
from st_aggrid import AgGrid, JsCode

from app.components.words import plain
from app.curate.deciding import go_to
from app.curate.desk import PAGE_ROWS, TO_DECIDE, Desk, follow, read_page, take_typed
from app.curate.words import SORT_WORDS, STATUS_ICONS, STATUS_WORDS, problem_title
from ghost_engine.data.records import STATUSES, Counts, Filters, Page, QueueRow, Status
from ghost_engine.data.store import Store

GRID = "queue-grid"
GRID_HEIGHT = 460
RUNS = {True: "✓", False: "✗", None: "?"}
RUNS_WORDS = {True: "Runs", False: "Fails", None: "Not checked"}
Choice = tuple[Status, ...]
CHOICES: dict[str, Choice] = {
    "To decide": ("new", "postponed"),
    **{STATUS_WORDS[status]: (status,) for status in STATUSES},
    "All": (),
}

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
    _filters(store, desk, counts)
    page, desk.rows = desk.rows or read_page(store, desk), None
    if not page.rows and desk.page:
        desk.page = 0
        page = read_page(store, desk)
    with st.container(key="queue"):
        _grid(store, desk, page)
    _pager(desk, page)


def _filters(store: Store, desk: Desk, counts: Counts) -> None:
    _seed(desk)
    with st.container(key="finder", horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.text_input(
            "Find",
            key=f"find-{desk.session}",
            placeholder="Find in the SQL",
            icon=":material/search:",
            label_visibility="collapsed",
            on_change=_filter,
            args=(store, desk),
        )
        with st.popover(
            "", icon=":material/filter_list:", help=_said(desk.filters), type=_kind(desk)
        ):
            _choices(store, desk, counts)


def _kind(desk: Desk) -> Any:
    plainly = Filters(statuses=desk.filters.statuses, text=desk.filters.text)
    return "primary" if desk.filters != plainly else "secondary"


def _said(filters: Filters) -> str:
    return f"Filter and sort. Now: {describe(filters)}"


def describe(filters: Filters) -> str:
    """The filters in words."""
    named = next((name for name, each in CHOICES.items() if each == filters.statuses), None)
    parts = [named or ", ".join(STATUS_WORDS[status] for status in filters.statuses)]
    if isinstance(filters.executes, bool):
        parts.append(RUNS_WORDS[filters.executes].lower())
    parts += [problem_title(code) for code in filters.problems]
    parts += [*filters.providers, *filters.domains]
    if filters.text:
        parts.append(f"with “{filters.text}”")
    return ", ".join(parts)


def _seed(desk: Desk) -> None:
    """The widgets begin with what the desk filters on, after a reload or another page too."""
    filters, key = desk.filters, desk.session
    named = next((n for n, each in CHOICES.items() if each == filters.statuses), "All")
    begin: dict[str, Any] = {
        "find": filters.text,
        "status": named,
        "runs": filters.executes if isinstance(filters.executes, bool) else None,
        "problems": list(filters.problems),
        "providers": list(filters.providers),
        "domains": list(filters.domains),
        "sort": desk.sort,
    }
    for name, value in begin.items():
        st.session_state.setdefault(f"{name}-{key}", value)


def _choices(store: Store, desk: Desk, counts: Counts) -> None:
    key = desk.session
    st.selectbox(
        "Status",
        list(CHOICES),
        key=f"status-{key}",
        format_func=lambda name: f"{name} ({_count(counts, CHOICES[name]):,})",
        on_change=_filter,
        args=(store, desk),
    )
    st.segmented_control(
        "PostgreSQL",
        [True, False],
        format_func=lambda runs: RUNS_WORDS[runs],
        key=f"runs-{key}",
        on_change=_filter,
        args=(store, desk),
    )
    for label, name, tally, now in (
        ("Problem", "problems", counts.problems, desk.filters.problems),
        ("Provider", "providers", counts.providers, desk.filters.providers),
        ("Domain", "domains", counts.domains, desk.filters.domains),
    ):
        if tally or now:
            st.multiselect(
                label,
                list(dict.fromkeys((*tally, *now))),
                format_func=partial(_option, name, tally),
                key=f"{name}-{key}",
                on_change=_filter,
                args=(store, desk),
            )
    st.selectbox(
        "Order",
        list(SORT_WORDS),
        format_func=lambda sort: SORT_WORDS[sort],
        key=f"sort-{key}",
        on_change=_filter,
        args=(store, desk),
    )
    st.button("Clear the filters", on_click=_clear, args=(store, desk))


def _option(name: str, tally: Mapping[str, int], value: str) -> str:
    title = problem_title(value) if name == "problems" else value or "(none)"
    return f"{title} ({tally.get(value, 0):,})"


def _count(counts: Counts, statuses: Choice) -> int:
    if not statuses:
        return counts.total
    return sum(counts.statuses.get(status, 0) for status in statuses)


def _filter(store: Store, desk: Desk) -> None:
    """Takes every filter's widget over."""
    take_typed(store, desk)
    state, key = st.session_state, desk.session
    desk.filters = Filters(
        statuses=CHOICES[state[f"status-{key}"]],
        executes=state[f"runs-{key}"],
        problems=tuple(state[f"problems-{key}"]),
        providers=tuple(state[f"providers-{key}"]),
        domains=tuple(state[f"domains-{key}"]),
        text=state[f"find-{key}"],
    )
    desk.sort = state[f"sort-{key}"]
    desk.page = 0
    follow(store, desk)


def _clear(store: Store, desk: Desk) -> None:
    for name in ("find", "status", "runs", "problems", "providers", "domains"):
        del st.session_state[f"{name}-{desk.session}"]
    desk.filters = TO_DECIDE
    _seed(desk)
    _filter(store, desk)


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
        st.caption(f"{span} · {plain(describe(desk.filters))}", width="stretch")
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
