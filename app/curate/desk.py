"""What lies on one curator's desk: the open example, its text as typed, and how to go on.

`Desk` is the session's; everything that must survive the session (drafts, decisions, who is where)
is written to the store before a function here returns. Nothing here draws.
"""

from __future__ import annotations

import getpass
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal

import streamlit as st

from app.components import sql_editor
from ghost_engine.data.quality import judging
from ghost_engine.data.quality.judging import Fault
from ghost_engine.data.records import Example, Filters, Page, Sort
from ghost_engine.data.store import Store
from ghost_engine.errors import StaleExample, StoreError
from ghost_engine.sql import Report, check

EDITOR = "curate-sql"
NOTE = "curate-note"
PAGE_ROWS = 50
TO_DECIDE = Filters(statuses=("new", "postponed"))
Dialog = Literal["", "reason", "stale", "help", "bulk", "spread", "import", "inspect"]


@dataclass(frozen=True, slots=True)
class Done:
    """Something that `undo` takes back: one review, or a whole batch."""

    words: str
    example_id: int | None = None
    review: int | None = None
    batch: int | None = None
    text: str = ""  # what stood in the editor when it was decided


@dataclass
class Desk:
    """One session's curation. `text` is what stands in the editor now."""

    reviewer: str
    filters: Filters = TO_DECIDE
    sort: Sort = "effort"
    page: int = 0
    rows: Page | None = None  # that page, where this rerun has read it already
    example: Example | None = None
    drafts: int = 0  # suggestions that disagree, the one in force among them
    text: str = ""
    base_version: int = 0  # the version that `text` was made from
    # Never the same in two sessions, so that no edit of another one is taken for ours.
    revision: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    note_for: tuple[int, int] = (0, 0)  # the example and version that the note's field is of
    notes: dict[tuple[int, int], str] = field(default_factory=dict)  # begun, not yet decided with
    first_revision: int = 0  # of the open example
    taken: tuple[int, int] = (0, 0)  # revision and number of the last edit taken over
    session: str = field(default_factory=lambda: secrets.token_hex(8))
    draft_saved: datetime | None = None
    opened: float = 0.0
    done: list[Done] = field(default_factory=list)
    stale: StaleExample | None = None
    edited: tuple[str, str] | None = None  # the last text decided with changes: before, after
    dialog: Dialog = ""
    unexplained: bool = False  # approved in the dialog without a reason
    notice: str = ""
    details: str = ""  # what the notice has no room for
    error: Exception | None = None

    @property
    def changed(self) -> bool:
        """True while the editor holds something else than the text in force."""
        return self.example is not None and self.text != self.example.sql


def os_user() -> str:
    """The name this machine knows its user by."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        return "curator"


@lru_cache(maxsize=128)
def judge(sql: str) -> Report:
    """PostgreSQL's word on a text; asked once."""
    return check(sql)


@lru_cache(maxsize=128)
def faults(sql: str) -> tuple[Fault, ...]:
    """What a text that runs still lacks: keys, relations, names."""
    return judging.judge(sql).faults


def open_example(store: Store, desk: Desk, example_id: int | None) -> None:
    """Puts an example on the desk, with this reviewer's draft of it; None clears the desk."""
    desk.stale, desk.draft_saved = None, None
    desk.revision += 1
    if example_id is None:
        desk.example, desk.text = None, ""
        return
    if desk.example is None or desk.example.id != example_id:
        desk.first_revision = desk.revision
    example = store.get(example_id)
    draft = store.draft(example_id, desk.reviewer)
    desk.example, desk.text, desk.base_version = example, example.sql, example.version
    desk.drafts = len({each.sql for each in store.suggestions(example_id)})
    desk.opened = time.monotonic()
    if draft is not None and draft.sql != example.sql:
        desk.text, desk.base_version = draft.sql, draft.base_version
        desk.draft_saved = draft.saved
        if draft.base_version != example.version:
            desk.stale = overtaken(example, draft.sql)


def overtaken(example: Example, mine: str) -> StaleExample:
    """A draft whose example moved on, in the form of a save that was refused."""
    return StaleExample(
        example.id,
        yours=mine,
        theirs=example.sql,
        version=example.version,
        saved_by=example.review.reviewer if example.review else "an import",
        saved_at=example.updated,
    )


def take_typed(store: Store, desk: Desk) -> None:
    """Takes over what was typed up to this rerun, and keeps it as a draft at once.

    Text typed while the server was about to replace it (a repair, a table taken) wins: it is newer
    than the press that asked for the other one, and a curator who types on has not seen that yet.
    """
    edit = sql_editor.last_edit(EDITOR)
    if desk.example is None or edit is None or edit.revision < desk.first_revision:
        return
    if (edit.revision, edit.seq) == desk.taken:
        return
    desk.taken = (edit.revision, edit.seq)
    if edit.text == desk.text:
        return
    desk.text = edit.text
    if edit.revision != desk.revision:
        desk.revision += 1  # the editor shows the other text by now
        desk.notice = "You typed on: your text stays."
    keep_draft(store, desk)


def put_text(store: Store, desk: Desk, sql: str) -> None:
    """Replaces the editor's text; what stood there comes back with the editor's own undo."""
    desk.text = sql
    desk.revision += 1
    keep_draft(store, desk)


def keep_draft(store: Store, desk: Desk) -> None:
    """Saves the text as this reviewer's draft; a text like the one in force needs none."""
    example = desk.example
    if example is None:
        return
    if desk.changed:
        draft = store.save_draft(example.id, desk.reviewer, desk.text, desk.base_version)
        desk.draft_saved = draft.saved
    elif desk.draft_saved is not None:
        store.drop_draft(example.id, desk.reviewer)
        desk.draft_saved = None


def move(store: Store, desk: Desk, back: bool = False) -> bool:
    """Opens the next example, or the one before; False, and stays, where there is none."""
    here = desk.example.id if desk.example else None
    step = store.previous_example if back else store.next_example
    found = step(here, desk.filters, desk.sort, reviewer=desk.reviewer)
    if found is None:
        desk.notice = "This is the first one." if back else "There is no other one to go to."
        return False
    open_example(store, desk, found)
    follow(store, desk, back)
    return True


def follow(store: Store, desk: Desk, back: bool = False) -> None:
    """Turns the queue's page to where the open example is, if it is near."""
    if desk.example is None:
        return
    for number in (desk.page, desk.page - 1 if back else desk.page + 1, 0):
        if number >= 0 and shows(page := read_page(store, desk, number), desk.example.id):
            desk.page, desk.rows = number, page
            return


def read_page(store: Store, desk: Desk, number: int | None = None) -> Page:
    """A page of the queue as this desk filters and sorts it."""
    at = desk.page if number is None else number
    return store.queue(desk.filters, desk.sort, at, PAGE_ROWS)


def shows(page: Page, example_id: int) -> bool:
    return any(row.id == example_id for row in page.rows)


def open_linked(store: Store, desk: Desk, wanted: str) -> None:
    """Opens what a link asks for, or the first of the queue."""
    if wanted:
        try:
            open_example(store, desk, int(wanted))
        except (ValueError, StoreError):
            desk.notice = f"There is no example {wanted[:20]} here."
        else:
            return
    open_example(store, desk, store.next_example(None, desk.filters, desk.sort, desk.reviewer))


def desk_of_session(reviewer: str) -> Desk:
    """This session's desk, made on first use."""
    desk: Desk = st.session_state.setdefault("desk", Desk(reviewer))
    return desk
