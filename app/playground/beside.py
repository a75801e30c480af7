"""A second engine's answer to the same screenshot: as it comes, then what differs, to be taken."""

from __future__ import annotations

import streamlit as st

from app.components.errors import show_error
from app.components.verdict import report_chip
from app.components.words import plain
from app.playground import at_work, engines, picking, writing
from app.playground.attempts import result_line
from app.playground.differing import ColumnPair, Differing, State, differ
from app.state import Rival, Workspace, begin_beside, settle_beside, take_beside
from ghost_engine.errors import GhostError
from ghost_engine.inference.protocol import Result
from ghost_engine.sql.difference import TableDifference, table_differences, take
from ghost_engine.sql.schema import Schema

LOOK_EVERY_SECONDS = 0.4
TEXT_HEIGHT = "clamp(240px, calc(100vh - 330px), 900px)"
ROW_HEIGHT = 26
MOST_ROWS = 14
WORDS: dict[State, str] = {
    "same": "the same",
    "renamed": "another name",
    "other type": "another type or key",
    "only first": "only in the editor",
    "only second": "only in the other",
}


def draw(space: Workspace, result: Result) -> None:
    """Draws what there is beside the result: nobody, an engine at work, its failure or answer."""
    rival = space.rival
    if rival and rival.running:
        _watch(space, rival)
    elif rival and rival.result:
        _answer(space, result, rival, rival.result)
    else:
        if rival and rival.error:
            st.markdown(f"**{plain(engines.label(rival.ask))}** gave no answer.")
            show_error(rival.error, "the playground")
            writing.draw_kept(rival.heard, [picture.name for picture in space.pictures])
        _offer(space)


def _offer(space: Workspace) -> None:
    what = "screenshots" if len(space.pictures) > 1 else "screenshot"
    st.markdown(f"Ask another engine, or another model, about the same {what}.")
    picking.draw(space.other, lambda ask: setattr(space, "other", ask), place="other")
    if st.button("Ask it", type="primary", icon=":material/compare_arrows:"):
        try:
            begin_beside(space, space.other)
        except GhostError as error:
            show_error(error, "the playground")
        else:
            st.rerun(scope="app")


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _watch(space: Workspace, rival: Rival) -> None:
    running = rival.running
    if running is None or running.done:
        settle_beside(space)
        st.rerun(scope="app")
    at_work.draw(running, rival.ask, key="beside", height=TEXT_HEIGHT)
    label = "Stopping" if running.cancelling else "Stop it"
    if st.button(label, icon=":material/close:", key="stop", disabled=running.cancelling):
        running.cancel()


def _answer(space: Workspace, result: Result, rival: Rival, other: Result) -> None:
    with st.container(gap="small"):
        with st.container(border=True, gap="xsmall"):
            _line("In the editor", result, edited=space.sql != result.sql)
            _line("The other", other)
            _buttons(space, other)
        _difference(space, other)


def _line(where: str, result: Result, edited: bool = False) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":gray[{where}] **{plain(engines.result_label(result))}**"
            + (" (edited since)" if edited else ""),
            width="content",
        )
        report_chip(result.report)
        st.caption(result_line(result), width="content")
    if result.reason:
        st.caption(plain(result.reason))


def _buttons(space: Workspace, other: Result) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Take this one",
            type="primary",
            icon=":material/swap_horiz:",
            help="The other goes into the editor; what is there now stays beside it, and in the "
            "history.",
            disabled=not other.sql.strip(),
        ):
            take_beside(space)
            st.rerun(scope="app")
        if st.button("Ask another", icon=":material/compare_arrows:"):
            space.rival = None
            st.rerun(scope="fragment")


def _difference(space: Workspace, other: Result) -> None:
    """By the catalog where both run; by the text where one does not."""
    ours, theirs = space.report, other.report
    if ours and theirs and ours.valid and theirs.valid:
        _columns(_differ(ours.schema, theirs.schema))
    if not other.sql.strip() or not space.sql.strip():
        return
    try:
        changed = [each for each in _tables(space.sql, other.sql) if each.state != "same"]
    except GhostError as error:
        show_error(error, "the playground")
        return
    if not changed:
        return
    st.markdown("**Table by table**")
    if space.remark:
        st.warning(plain(space.remark), icon=":material/warning:")
    for each in changed:
        _table(space, other.sql, each)


@st.cache_data(max_entries=16, show_spinner=False)
def _differ(first: Schema, second: Schema) -> Differing:
    return differ(first, second)


@st.cache_data(max_entries=16, show_spinner=False)
def _tables(first: str, second: str) -> list[TableDifference]:
    return table_differences(first, second)


def _columns(differing: Differing) -> None:
    others = [pair for pair in differing.pairs if pair.state != "same"]
    told = [
        f"{count} {words}"
        for state, words in WORDS.items()
        if (count := differing.count(state)) and state != "same"
    ]
    same = differing.count("same")
    st.caption(
        f"{differing.score:.0%} alike: {same} column{'' if same == 1 else 's'} the same"
        + (", " + ", ".join(told) if told else ". They do not differ in any column.")
    )
    if not others:
        return
    st.dataframe(
        [_row(pair) for pair in others],
        height=4 + ROW_HEIGHT * (1 + min(MOST_ROWS, len(others))),
        row_height=ROW_HEIGHT,
        hide_index=True,
        alt="Columns that differ",
    )


def _row(pair: ColumnPair) -> dict[str, str]:
    return {
        "Table": pair.table,
        "Column": pair.column,
        "In the editor": pair.first or "–",
        "The other": pair.second or "–",
        "What differs": WORDS[pair.state],
    }


def _table(space: Workspace, other: str, each: TableDifference) -> None:
    words = {"only old": WORDS["only first"], "only new": WORDS["only second"]}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        count = len(each.changes)
        said = words.get(each.state, f"{count} difference{'' if count == 1 else 's'}")
        st.markdown(
            f"**{plain(each.name)}** :gray[{said}]",
            width="stretch",
            help="\n".join(f"- {plain(change)}" for change in each.changes) or None,
        )
        st.button(
            "Take it out" if each.state == "only old" else "Take this table",
            key=f"take-{each.name}",
            help="Have it in the editor as the other has it",
            on_click=_take,
            args=(space, other, each.name),
        )


def _take(space: Workspace, other: str, name: str) -> None:
    try:
        space.sql, space.remark = take(space.sql, other, name), ""
        space.revision += 1
    except GhostError as error:
        space.remark = str(error)
