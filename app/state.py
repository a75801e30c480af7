"""What a browser session holds on the playground, and how it moves from one result to the next.

Everything about a person's pictures lives in their own session: `workspace()` is the only way in.
A result is part of the session's history from the moment it is there, edits and all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import streamlit as st

from app.running import Ask, Heard, Running
from ghost_engine.data.images import Picture
from ghost_engine.data.store import Store, open_store
from ghost_engine.errors import Cancelled, GhostError
from ghost_engine.inference.protocol import Result
from ghost_engine.inference.run import warm
from ghost_engine.jobs.records import now
from ghost_engine.sql.ask import Answer
from ghost_engine.sql.repair import Repair
from ghost_engine.sql.report import Report
from ghost_engine.sql.samples import Samples

MAX_PAST = 30  # results
MAX_PAST_PIXELS = 60_000_000  # of pictures kept with them, about 180 MB


@dataclass
class Inquiry:
    """Sample rows of `sql`, the question asked of them, and its answer or what was wrong."""

    sql: str = ""
    samples: Samples | None = None
    question: str = ""
    revision: int = 0  # counts the times Python replaced the question's text
    answer: Answer | None = None
    error: GhostError | None = None


@dataclass
class Rival:
    """A second engine, asked about the same pictures."""

    ask: Ask
    running: Running | None = None
    error: BaseException | None = None
    result: Result | None = None
    heard: tuple[Heard, ...] = ()


@dataclass
class Past:
    """A result of this session as it was left: `sql` is what stood in the editor."""

    pictures: tuple[Picture, ...]
    previews: tuple[str, ...]
    address: Mapping[str, str]
    since: datetime
    result: Result
    sql: str
    report: Report | None
    rival: Rival | None = None


@dataclass
class Workspace:
    """One session's work on the playground. `sql` is what stands in the editor now."""

    pictures: tuple[Picture, ...] = ()
    previews: tuple[str, ...] = ()
    running: Running | None = None
    error: BaseException | None = None
    heard: tuple[Heard, ...] = ()  # what was written before the error
    result: Result | None = None
    rival: Rival | None = None
    sql: str = ""
    revision: int = 0  # counts the times Python replaced the editor's text
    report: Report | None = None  # of `checked`
    checked: str | None = None
    mended: Repair | None = None  # the last repair, and what stood there before it
    before_repair: str = ""
    remark: str = ""  # why the last piece of advice could not be taken
    selected: str | None = None  # table.column
    picture: int = 0  # the one shown
    inquiry: Inquiry = field(default_factory=Inquiry)
    address: Mapping[str, str] = field(default_factory=dict)  # the pictures, as a reload asks
    notice: str = ""  # said once, on the start panel
    round: int = 0  # a new one empties the uploader
    # What outlives a result:
    ask: Ask = field(default_factory=Ask)
    rival_ask: Ask | None = None  # None where nobody is asked beside
    other: Ask = field(default_factory=lambda: Ask("baseline"))  # proposed beside a result
    shown: Mapping[str, str] | None = None  # the page's address as we wrote it last
    past: list[Past] = field(default_factory=list)  # newest last
    current: Past | None = None  # the one in the workbench


_LASTING = ("round", "ask", "rival_ask", "other", "shown", "past")


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Starts the text reader and PostgreSQL, once a process, so that the first drop is quick."""
    warm()


@st.cache_resource(show_spinner="Opening the store")
def store() -> Store:
    """The store of examples, opened once a process."""
    return open_store()


def workspace() -> Workspace:
    """This session's workspace, made on first use."""
    space: Workspace = st.session_state.setdefault("workspace", Workspace())
    return space


def begin(
    space: Workspace,
    pictures: Sequence[Picture],
    previews: Sequence[str],
    address: Mapping[str, str],
) -> None:
    """Starts a run on new pictures, in place of everything that was there.

    Raises:
        EngineError: too much is at work here.
    """
    running = Running(pictures, space.ask)
    rival = Rival(space.rival_ask) if space.rival_ask else None
    if rival:
        rival.running = Running(pictures, rival.ask)
    _leave(space)
    _clear(space)
    space.pictures, space.previews = tuple(pictures), tuple(previews)
    space.running, space.address, space.rival = running, address, rival


def begin_beside(space: Workspace, ask: Ask) -> None:
    """Asks another engine about the pictures that are there.

    Raises:
        EngineError: too much is at work here.
    """
    if space.rival and space.rival.running:
        space.rival.running.cancel()
    space.rival = Rival(ask, Running(space.pictures, ask))
    _save(space)


def settle(space: Workspace) -> None:
    """Takes the outcome of a run that has ended into the workspace."""
    running, space.running = space.running, None
    if running is None:
        return
    space.heard = tuple(running.feed.heard)
    result, error = running.feed.result, running.feed.error
    if result is not None:
        show_result(space, result)
        _remember(space, result)
    elif isinstance(error, Cancelled) and not space.heard:
        start_over(space, "Stopped. Nothing was kept.")
    else:
        space.error = error


def settle_beside(space: Workspace) -> None:
    """The same for the engine that was asked beside."""
    rival = space.rival
    if rival is None or rival.running is None:
        return
    feed, rival.running = rival.running.feed, None
    rival.heard, rival.result, rival.error = tuple(feed.heard), feed.result, feed.error


def show_result(space: Workspace, result: Result) -> None:
    """Puts a result into the workbench, in place of the one that is there."""
    space.result, space.report, space.error = result, result.report, None
    space.sql = space.checked = result.sql
    space.mended, space.selected = None, None
    space.revision += 1


def take_beside(space: Workspace) -> None:
    """The other engine's result becomes the one in the workbench, and that one the other."""
    rival = space.rival
    if rival is None or rival.result is None:
        return
    _save(space)
    taken, left = rival.result, space.result
    space.rival = Rival(space.ask, result=left, error=space.error, heard=space.heard)
    show_result(space, taken)
    _remember(space, taken)


def reopen(space: Workspace, past: Past) -> None:
    """Back to an earlier result, as it was left."""
    _leave(space)
    _clear(space)
    space.pictures, space.previews, space.address = past.pictures, past.previews, past.address
    show_result(space, past.result)
    space.sql, space.checked, space.report = past.sql, past.sql, past.report
    space.rival, space.current = past.rival, past


def start_over(space: Workspace, notice: str = "") -> None:
    """Back to the start panel; a run at work is cancelled."""
    _leave(space)
    _clear(space)
    space.round += 1
    space.notice = notice


def replace_draft(space: Workspace, result: Result) -> None:
    """The same result, decided anew: it is in the history in place of what it was."""
    show_result(space, result)
    if space.current:
        space.current.result = result
    _save(space)


def _leave(space: Workspace) -> None:
    if space.running:
        space.running.cancel()
    if space.rival and space.rival.running:
        space.rival.running.cancel()
        space.rival = None
    _save(space)


def _remember(space: Workspace, result: Result) -> None:
    space.current = Past(
        space.pictures,
        space.previews,
        space.address,
        now(),
        result,
        result.sql,
        result.report,
        space.rival,
    )
    space.past.append(space.current)
    _forget(space.past)


def _save(space: Workspace) -> None:
    """What was typed goes into the history."""
    if space.current and space.result:
        space.current.sql, space.current.rival = space.sql, space.rival
        space.current.report = space.report if space.checked == space.sql else None


def _forget(past: list[Past]) -> None:
    """The oldest ones, once their pictures would fill the memory; the newest always stays."""
    del past[:-MAX_PAST]
    while len(past) > 1:
        pictures = {each.content_hash: each.pixels for one in past for each in one.pictures}
        if sum(each.width * each.height for each in pictures.values()) <= MAX_PAST_PIXELS:
            return
        del past[0]


def _clear(space: Workspace) -> None:
    lasting = {name: getattr(space, name) for name in _LASTING}
    inquiry = Inquiry(revision=space.inquiry.revision + 1)
    fresh = replace(Workspace(revision=space.revision + 1, inquiry=inquiry), **lasting)
    for name in Workspace.__dataclass_fields__:
        setattr(space, name, getattr(fresh, name))
