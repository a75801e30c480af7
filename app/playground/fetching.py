"""Fetching a model for Ollama from the picker: in the background, with progress and Cancel.

A fetch belongs to the process, not to a session: whoever looks sees the same one, and closing the
page ends nothing. What Ollama has of a cancelled one it keeps.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import streamlit as st

from app.components.amounts import duration, size
from app.components.errors import show_error
from app.components.words import plain
from app.playground import engines
from ghost_engine.errors import Cancelled
from ghost_engine.inference.ollama.pull import Pulling, pull

USUAL = "gemma3:4b"
LOOK_EVERY_SECONDS = 0.5
_SHOWN = "fetched-model"


@dataclass
class Fetch:
    """One model on its way. Its thread writes, pages read; `error` is None where all went well."""

    model: str
    step: Pulling = field(default_factory=lambda: Pulling("asking Ollama", 0, 0))
    error: BaseException | None = None
    started: float = field(default_factory=time.monotonic)
    first_bytes: int | None = None  # Ollama had them before
    cancel: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def seconds_left(self) -> float | None:
        """By the pace since the start; None where nobody can say yet."""
        came = self.step.done_bytes - (self.first_bytes or 0)
        took = time.monotonic() - self.started
        if came <= 0 or took < 1:
            return None
        return (self.step.total_bytes - self.step.done_bytes) * took / came


_fetches: dict[str, Fetch] = {}
_guard = threading.Lock()


def fetch(model: str) -> Fetch:
    """Begins to fetch a model, or gives the fetch of it that is under way."""
    with _guard:
        known = _fetches.get(model)
        if known is not None and not known.done.is_set():
            return known
        begun = _fetches[model] = Fetch(model)
    threading.Thread(target=_work, args=(begun,), name="fetching", daemon=True).start()
    return begun


def draw(place: str) -> None:
    """Draws the field that names a model, and the fetch that this session began.

    Args:
        place: names the picker among those of the page.
    """
    shown = _fetches.get(st.session_state.get(_SHOWN, ""))
    if shown is not None and not shown.done.is_set():
        _watch(place, shown)
        return
    with st.popover("Get a model", icon=":material/download:"):
        with st.form(f"{place}-fetch", border=False):
            name = st.text_input(
                "Model", USUAL, help="As ollama.com/library names it; one with vision."
            )
            if st.form_submit_button("Fetch", type="primary") and name.strip():
                st.session_state[_SHOWN] = fetch(name.strip()).model
                st.rerun()
    if shown is not None:
        _outcome(shown)


@st.fragment(run_every=LOOK_EVERY_SECONDS)
def _watch(place: str, now: Fetch) -> None:
    if now.done.is_set():
        engines.look_again()
        st.rerun()
    step = now.step
    share = step.done_bytes / step.total_bytes if step.total_bytes else 0.0
    words = f"Fetching {plain(now.model)}"
    if step.total_bytes:
        words += f": {size(step.done_bytes)} of {size(step.total_bytes)}"
    if (left := now.seconds_left) is not None:
        words += f", {duration(left)} left"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(min(share, 1.0), text=words)
        st.button(
            "Stopping" if now.cancel.is_set() else "Cancel",
            key=f"{place}-fetch-cancel",
            icon=":material/close:",
            disabled=now.cancel.is_set(),
            on_click=now.cancel.set,
        )


def _outcome(ended: Fetch) -> None:
    if ended.error is None:
        st.caption(f":green[:material/check_circle:] {plain(ended.model)} is there.")
    elif isinstance(ended.error, Cancelled):
        st.caption(f"Stopped. What Ollama has of {plain(ended.model)} is not fetched twice.")
    else:
        show_error(ended.error, "fetching the model")


def _work(now: Fetch) -> None:
    def tell(step: Pulling) -> None:
        if now.first_bytes is None and step.done_bytes:
            now.first_bytes = step.done_bytes
        now.step = step

    try:
        pull(now.model, tell, now.cancel.is_set)
    except BaseException as error:  # kept for the page, which is the border
        now.error = error
    finally:
        now.done.set()
