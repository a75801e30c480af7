"""Mend once, apply to all: what was changed here, tried on every other undecided example."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from app.components.errors import show_error
from app.components.words import plain
from app.curate.changes import text_difference
from app.curate.deciding import guarded
from app.curate.desk import Desk, Done, judge, open_example
from app.curate.task import Task
from app.curate.waiting import wait
from ghost_engine.data.records import Edit, Example, Filters, Verdict
from ghost_engine.data.store import Store
from ghost_engine.errors import Cancelled
from ghost_engine.sql.corrections import Correction, derive, preview_all

UNDECIDED = Filters(statuses=("new", "postponed", "needs_work"))
SHOWN = 3
TASK = "spread-task"


@dataclass(frozen=True, slots=True)
class Found:
    """One example that the corrections would change."""

    example: Example
    after: str
    runs_before: bool
    runs_after: bool

    @property
    def breaks(self) -> bool:
        return self.runs_before and not self.runs_after


@lru_cache(maxsize=16)
def corrections_of(before: str, after: str) -> tuple[Correction, ...]:
    """What the edit says, each thing once, from narrow to broad."""
    return tuple(dict.fromkeys(derive(before, after)))


def edit_of(desk: Desk) -> tuple[str, str] | None:
    """The edit to learn from: the open one, or the last that was decided."""
    example = desk.example
    if example is not None:
        begin = example.suggestion.sql if example.suggestion else example.sql
        if desk.text != begin:
            return begin, desk.text
    return desk.edited


def draw(store: Store, desk: Desk) -> None:
    """Draws the choice of corrections, then their preview."""
    edit = edit_of(desk)
    if edit is None:
        st.caption("Nothing was changed yet: change something in the SQL first.")
        return
    chosen = _choose(corrections_of(*edit))
    if not chosen:
        return
    task: Task[list[Found]] | None = st.session_state.get(TASK)
    asked = (chosen, desk.example.id if desk.example else None)
    if task is not None and st.session_state.get("spread-asked") != asked:
        task.stop()
        task = st.session_state[TASK] = None
    if task is None:
        if st.button("Preview", key="spread-preview", type="primary"):
            st.session_state["spread-asked"] = asked
            st.session_state[TASK] = Task(_search(store, chosen, asked[1]))
            st.rerun(scope="fragment")
    elif not task.done:
        wait(task)
    else:
        _outcome(store, desk, task)


def _choose(known: Sequence[Correction]) -> tuple[Correction, ...]:
    if not known:
        st.caption("The changes here follow no pattern that could be applied elsewhere.")
        return ()
    st.caption("What your edit changed. Choose what holds elsewhere too, and how far:")
    picked = []
    for number, (what, scopes) in enumerate(by_change(known).items()):
        said, where = st.columns([3, 2], vertical_alignment="center")
        with said:
            wanted = st.checkbox(plain(what), key=f"spread-{number}-{hash(what)}")
        with where:
            chosen = st.selectbox(
                "Where",
                scopes,
                index=len(scopes) - 1,
                format_func=lambda each: each.scope.words,
                key=f"scope-{number}-{hash(what)}",
                label_visibility="collapsed",
                disabled=not wanted,
            )
        if wanted:
            picked.append(chosen)
    return tuple(picked)


def by_change(known: Sequence[Correction]) -> dict[str, list[Correction]]:
    """Each change in words, with the places it may hold, the widest last."""
    found: dict[str, list[Correction]] = {}
    for each in sorted(known, key=lambda each: each.breadth):
        found.setdefault(each.words.removesuffix(f" {each.scope.words}."), []).append(each)
    return found


def _search(
    store: Store, chosen: Sequence[Correction], but: int | None
) -> Callable[[Task[list[Found]]], list[Found]]:
    """The work: every other undecided example, tried and judged as it was and would be."""

    def work(task: Task[list[Found]]) -> list[Found]:
        filters = narrowed(chosen)
        total = max(1, store.queue(filters, size=1).total)
        examples: dict[str, Example] = {}
        found: list[Found] = []

        def texts() -> Iterator[tuple[str, str]]:
            for number, example in enumerate(store.iterate(filters)):
                task.tell(number / total, f"{number:,} of {total:,} tried, {len(found):,} found")
                if example.id != but and example.sql:
                    examples[str(example.id)] = example
                    yield str(example.id), example.sql
                    examples.pop(str(example.id), None)

        for each in preview_all(chosen, texts()):
            found.append(
                Found(examples[each.id], each.after, bool(each.runs_before), bool(each.runs_after))
            )
        return found

    return work


def narrowed(chosen: Sequence[Correction]) -> Filters:
    """The undecided examples, fewer where one correction looks for a plain word."""
    if len(chosen) == 1 and len(chosen[0].before) > 2 and chosen[0].before.isidentifier():
        return Filters(statuses=UNDECIDED.statuses, text=chosen[0].before)
    return UNDECIDED


def _outcome(store: Store, desk: Desk, task: Task[list[Found]]) -> None:
    if task.error is not None:
        if not isinstance(task.error, Cancelled):
            show_error(task.error, "the preview")
        if st.button("Preview again", key="spread-again"):
            st.session_state[TASK] = None
            st.rerun(scope="fragment")
        return
    found = task.result or []
    if not found:
        st.info("No other undecided example has it.")
        return
    breaking = [each for each in found if each.breaks]
    mended = sum(each.runs_after and not each.runs_before for each in found)
    st.markdown(
        f"**{len(found):,}** other examples have it. **{mended:,}** would run that fail now, "
        f"**{len(breaking):,}** would fail that run now."
    )
    everything = bool(breaking) and st.checkbox("Those that would fail, too", key="spread-breaking")
    wanted = found if everything else [each for each in found if not each.breaks]
    for each in wanted[:SHOWN]:
        st.caption(f"#{each.example.id} {plain(each.example.domain)}")
        st.code(text_difference(each.example.sql, each.after), language="diff", wrap_lines=True)
    if st.button(
        f"Apply to {len(wanted):,} examples",
        type="primary",
        key="spread-apply",
        disabled=not wanted,
    ):
        with st.spinner("Applying"):
            apply_all(store, desk, wanted)
        st.session_state[TASK] = None
        st.rerun()


@guarded
def apply_all(store: Store, desk: Desk, wanted: Sequence[Found]) -> None:
    """Saves the corrected texts as one batch; those that moved on since are left alone."""
    desk.dialog = ""
    edits = [
        Edit(each.example.id, each.example.version, each.after, Verdict.of(judge(each.after)))
        for each in wanted
    ]
    batch = store.edit_many(edits, reviewer=desk.reviewer, note="the same correction")
    words = f"Corrected {batch.count:,} examples."
    desk.done.append(Done(words, batch=batch.id))
    left = f" {len(batch.stale)} had moved on and were left." if batch.stale else ""
    desk.notice = f"{words}{left} U takes it back."
    if desk.example is not None and desk.example.id in {each.example.id for each in wanted}:
        open_example(store, desk, desk.example.id)
