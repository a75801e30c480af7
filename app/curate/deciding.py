"""The decisions a curator makes, as callbacks of buttons: each acts on the example it shows.

A press that was meant for an example no longer open does nothing, so a double click never decides
what nobody has seen. Whatever the engine refuses is kept on the desk for the page to show.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec

import streamlit as st

from app.curate.desk import (
    NOTE,
    Desk,
    Done,
    faults,
    judge,
    keep_draft,
    move,
    open_example,
    put_text,
    take_typed,
)
from ghost_engine.data.records import Decision, Review, Verdict
from ghost_engine.data.store import Store
from ghost_engine.errors import GhostError, StaleExample
from ghost_engine.sql.difference import take
from ghost_engine.sql.repair import repair

Rest = ParamSpec("Rest")
LONGEST_SECONDS = 600.0  # an example left open over lunch did not take an hour
PAST: dict[Decision, str] = {
    "approved": "Approved",
    "rejected": "Rejected",
    "needs_work": "Marked as needing work",
    "postponed": "Postponed",
    "edited": "Saved",
}


def guarded(
    action: Callable[Concatenate[Store, Desk, Rest], None],
) -> Callable[Concatenate[Store, Desk, Rest], None]:
    """A callback that takes over what was typed first and leaves its failure on the desk."""

    def run(store: Store, desk: Desk, /, *args: Rest.args, **kwargs: Rest.kwargs) -> None:
        desk.error, desk.notice, desk.details = None, "", ""
        try:
            take_typed(store, desk)
            action(store, desk, *args, **kwargs)
        except GhostError as error:
            desk.error = error

    return run


@guarded
def decide(store: Store, desk: Desk, example_id: int, decision: Decision) -> None:
    """Saves the text with a decision and goes on; approving what does not run asks why first."""
    if desk.example is None or desk.example.id != example_id:
        return
    if decision == "approved" and not judge(desk.text).valid:
        desk.dialog, desk.unexplained = "reason", False
        return
    save(store, desk, decision, note=typed_note(desk))


@guarded
def approve_anyway(store: Store, desk: Desk, reason: str) -> None:
    """Approves what does not run, with the reason as its note."""
    desk.dialog = ""
    save(store, desk, "approved", note=reason)


def save(store: Store, desk: Desk, decision: Decision, note: str = "") -> None:
    """Writes the decision; a stale one keeps the text as a draft and asks what to do."""
    example = desk.example
    if example is None:
        return
    try:
        review = store.decide(
            example.id,
            version=desk.base_version,
            sql=desk.text,
            decision=decision,
            reviewer=desk.reviewer,
            seconds=min(time.monotonic() - desk.opened, LONGEST_SECONDS),
            note=note,
            verdict=Verdict.of(judge(desk.text)) if desk.text.strip() else None,
            problems=sorted({fault.code for fault in faults(desk.text)}),
        )
    except StaleExample as stale:
        keep_draft(store, desk)
        desk.stale, desk.dialog = stale, "stale"
        return
    if desk.changed:
        desk.edited = (example.sql, desk.text)
    _remember(desk, review)
    if decision == "edited":
        open_example(store, desk, example.id)
    elif not move(store, desk):
        open_example(store, desk, example.id)  # as it stands now, or it would be stale for oneself
        desk.notice = f"{PAST[decision]} example {example.id}, the last one of this view."


def typed_note(desk: Desk) -> str:
    """What stands in the note's field, if it was typed for the open example."""
    example = desk.example
    if example is None or desk.note_for != (example.id, example.version):
        return ""
    return str(st.session_state.get(NOTE, "")).strip()


def _remember(desk: Desk, review: Review) -> None:
    words = f"{PAST[review.decision]} example {review.example_id}."
    desk.done.append(Done(words, review.example_id, review=review.id, text=review.sql))
    desk.notice = words


@guarded
def save_only(store: Store, desk: Desk) -> None:
    """Saves the text, checked, and leaves the status as it is."""
    save(store, desk, "edited", note=typed_note(desk))


@guarded
def undo(store: Store, desk: Desk) -> None:
    """Takes back the last decision or bulk action of this session, and opens what it was about."""
    if not desk.done:
        desk.notice = "Nothing to undo."
        return
    last = desk.done.pop()
    undone = store.undo(reviewer=desk.reviewer, review=last.review, batch=last.batch)
    desk.notice = f"Taken back: {last.words}"
    if undone.kept:
        desk.notice += f" {len(undone.kept)} decided again since stay as they are."
    if last.example_id is not None:
        open_example(store, desk, last.example_id)
        if last.text != desk.text:  # an undone edit is a draft again, not gone
            put_text(store, desk, last.text)
    elif desk.example is not None:
        open_example(store, desk, desk.example.id)


@guarded
def go(store: Store, desk: Desk, back: bool) -> None:
    move(store, desk, back)


@guarded
def go_to(store: Store, desk: Desk, example_id: int) -> None:
    open_example(store, desk, example_id)


@guarded
def mend(store: Store, desk: Desk) -> None:
    """Repairs the text; the editor's undo brings the old one back."""
    mended = repair(desk.text)
    count = len(mended.changes)
    if not count:
        desk.notice = "It runs as it is." if mended.before.valid else "No repair was found."
        return
    put_text(store, desk, mended.sql)
    desk.notice = f"Repaired: {count} change{'' if count == 1 else 's'}"
    desk.details = "\n\n".join(f"Line {each.line}: {each.reason}" for each in mended.changes)


@guarded
def check_again(_: Store, desk: Desk) -> None:
    judge.cache_clear()
    report = judge(desk.text)
    desk.notice = f"Checked in {report.seconds * 1000:.0f} ms."


@guarded
def back_to_suggestion(store: Store, desk: Desk) -> None:
    if desk.example is None or desk.example.suggestion is None:
        desk.notice = "Nothing was suggested for this one."
        return
    put_text(store, desk, desk.example.suggestion.sql)


@guarded
def take_draft(store: Store, desk: Desk, sql: str) -> None:
    """Puts another suggestion for the same screen into the editor."""
    put_text(store, desk, sql)


@guarded
def take_table(store: Store, desk: Desk, other: str, table: str) -> None:
    """Puts one table as another text has it into the editor's."""
    put_text(store, desk, take(desk.text, other, table))


@guarded
def mark_golden(store: Store, desk: Desk, golden: bool) -> None:
    if desk.example is None:
        return
    store.mark_golden(desk.example.id, golden)
    text, base = desk.text, desk.base_version
    desk.example = store.get(desk.example.id)
    desk.text, desk.base_version = text, base


@guarded
def take_theirs(store: Store, desk: Desk) -> None:
    """Gives way to what somebody else saved; one's own comes back with the editor's undo."""
    stale = desk.stale
    if stale is None or desk.example is None:
        return
    desk.dialog, desk.stale = "", None
    desk.example = store.get(stale.example_id)
    desk.base_version = desk.example.version
    put_text(store, desk, desk.example.sql)
    desk.notice = "Theirs it is. Ctrl+Z in the editor brings yours back."


@guarded
def go_on_with_mine(store: Store, desk: Desk) -> None:
    """Keeps one's own text, now knowingly over theirs: the next decision saves it."""
    stale = desk.stale
    if stale is None or desk.example is None:
        return
    desk.dialog, desk.stale = "", None
    desk.example = store.get(stale.example_id)
    desk.base_version = desk.example.version
    keep_draft(store, desk)
    desk.notice = "Yours stays. Your next decision saves it over theirs."
