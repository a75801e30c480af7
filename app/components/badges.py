"""The state of a run: one word, one colour and one icon each, wherever a run is shown.

Colour is never alone: the word and the icon say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from app.components.words import plain
from ghost_engine.jobs.records import Run, State

Colour = Literal["blue", "gray", "green", "orange", "red"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown."""

    word: str
    colour: Colour
    icon: str
    meaning: str


LOOKS: dict[State, Look] = {
    "preparing": Look(
        "Preparing", "gray", ":material/inventory_2:", "Its data is being frozen into its folder."
    ),
    "queued": Look("Queued", "gray", ":material/hourglass_empty:", "It waits for its turn."),
    "running": Look("Running", "blue", ":material/play_circle:", "It is at work."),
    "finished": Look("Finished", "green", ":material/check_circle:", "It did all of its work."),
    "stopped": Look(
        "Stopped", "orange", ":material/pause_circle:", "Somebody stopped it; it can be resumed."
    ),
    "failed": Look("Failed", "red", ":material/error:", "It ended with an error."),
    "lost": Look(
        "Lost",
        "red",
        ":material/link_off:",
        "Nobody looks after it any more: killed, or the machine was restarted.",
    ),
}


def state_badge(run: Run) -> None:
    """The chip of a run's state; why it is in it on hover."""
    look = LOOKS[run.state]
    st.badge(state_word(run), icon=look.icon, color=look.colour, help=_why(run))


def state_text(run: Run) -> str:
    """The same chip as Markdown, for a line or a table of texts."""
    look = LOOKS[run.state]
    return f":{look.colour}-badge[{look.icon} {state_word(run)}]"


def state_word(run: Run) -> str:
    """The state in a word; of a run in line, its place."""
    word = LOOKS[run.state].word
    return f"{word}, place {run.queue_position}" if run.queue_position else word


def _why(run: Run) -> str:
    error = run.status.error
    return plain(error.message) if error is not None else LOOKS[run.state].meaning
