"""What a browser session holds, and the runs that work for it in the background.

Everything about a person's pictures lives in their own session: `workspace()` is the only way in.
A `Running` request has a thread of its own; the page only looks at it, so reruns, other pages and a
dropped line lose nothing. It is cancelled when its session is gone.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from ghost_engine.data.images import Picture
from ghost_engine.data.store import Store, open_store
from ghost_engine.errors import Cancelled, EngineError, GhostError
from ghost_engine.inference.protocol import CancelToken, Progress, Result
from ghost_engine.inference.run import stream, warm
from ghost_engine.sql.ask import Answer
from ghost_engine.sql.repair import Repair
from ghost_engine.sql.report import Report
from ghost_engine.sql.samples import Samples

RUNS_AT_ONCE = 64  # threads, over all sessions; reading itself queues in a far smaller pool

logger = logging.getLogger(__name__)
_places = threading.BoundedSemaphore(RUNS_AT_ONCE)


@dataclass
class Feed:
    """What a run's thread writes and the page reads. One field is set at the end, never both."""

    progress: Progress | None = None
    result: Result | None = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Running:
    """One request at work. Dropping the last reference to it cancels it.

    Raises:
        EngineError: too many requests are at work in this process.
    """

    def __init__(self, pictures: Sequence[Picture], engine: str = "auto") -> None:
        if not _places.acquire(blocking=False):
            raise EngineError(
                f"{RUNS_AT_ONCE} screenshots are being read already.", "Try again in a minute."
            )
        self.feed = Feed()
        self.started = time.monotonic()
        self._cancel = CancelToken()
        weakref.finalize(self, self._cancel.cancel)
        work = (self.feed, tuple(pictures), engine, self._cancel)
        threading.Thread(target=_consume, args=work, name="inference", daemon=True).start()

    @property
    def done(self) -> bool:
        return self.feed.done.is_set()

    @property
    def seconds(self) -> float:
        """How long ago it was asked for."""
        return time.monotonic() - self.started

    @property
    def cancelling(self) -> bool:
        return self._cancel.cancelled

    def cancel(self) -> None:
        self._cancel.cancel()


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
class Workspace:
    """One session's work on the playground. `sql` is what stands in the editor now."""

    pictures: tuple[Picture, ...] = ()
    previews: tuple[str, ...] = ()
    running: Running | None = None
    error: BaseException | None = None
    result: Result | None = None
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
    address: Mapping[str, str] = field(default_factory=dict)  # what a reload asks for
    notice: str = ""  # said once, on the start panel
    round: int = 0  # a new one empties the uploader


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
    """Starts a run on new pictures, in place of everything that was there."""
    if space.running:
        space.running.cancel()
    running = Running(pictures)
    _clear(space)
    space.pictures, space.previews = tuple(pictures), tuple(previews)
    space.running, space.address = running, address


def settle(space: Workspace) -> None:
    """Takes the outcome of a run that has ended into the workspace."""
    running, space.running = space.running, None
    if running is None:
        return
    result, error = running.feed.result, running.feed.error
    if isinstance(error, Cancelled):
        start_over(space, "Stopped. Nothing was kept.")
    elif result is None:
        space.error = error
    else:
        space.result, space.report = result, result.report
        space.sql = space.checked = result.sql
        space.revision += 1


def start_over(space: Workspace, notice: str = "") -> None:
    """Back to the start panel; a run at work is cancelled."""
    if space.running:
        space.running.cancel()
    _clear(space)
    space.round += 1
    space.notice = notice


def _clear(space: Workspace) -> None:
    inquiry = Inquiry(revision=space.inquiry.revision + 1)
    fresh = Workspace(revision=space.revision + 1, round=space.round, inquiry=inquiry)
    for name in Workspace.__dataclass_fields__:
        setattr(space, name, getattr(fresh, name))


def _consume(feed: Feed, pictures: Sequence[Picture], engine: str, cancel: CancelToken) -> None:
    """The thread: it must not hold the `Running`, whose end is what cancels it."""
    try:
        for item in stream(pictures, engine=engine, cancel=cancel):
            if isinstance(item, Progress):
                feed.progress = item
            elif isinstance(item, Result):
                feed.result = item
    except Exception as error:  # kept for the page, which is the border
        feed.error = error
    finally:
        _places.release()
        feed.done.set()
