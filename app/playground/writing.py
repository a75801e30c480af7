"""What a model has written so far: the text as it comes, its end in sight, and how fast it comes.

The same text without its pace stays on the page when the run failed.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components import live_text
from app.components.words import plain
from app.running import Heard, Running
from ghost_engine.inference.protocol import Usage

# Local engines send a piece a token, others many at once; their own count comes with the result.
LONGEST_TOKEN = 12  # characters of a piece, in the mean
CHARACTERS_A_TOKEN = 3.0  # of DDL, about
KEPT_HEIGHT = 260  # pixels
LONGEST_SHOWN = 20_000  # characters; the end of a longer text
_LEAST_SECONDS = 0.3  # of writing, before a pace means anything


def draw(running: Running, *, key: str, height: str) -> None:
    """The text of the answer that is being written, and a line about it."""
    heard = running.feed.heard
    progress = running.feed.progress
    said = progress.message if progress else "Starting"
    if heard and progress and progress.phase == "understanding":
        said = "Writing"  # what the engine told before its first word is over
    st.caption(" · ".join([plain(said), *_pace(running), f"{running.seconds:.0f} s so far"]))
    live_text.draw(
        _end(heard[-1].text) if heard else "",
        key=f"written-{key}",
        label="What the model has written so far",
        height=height,
        placeholder="Its text is shown here as it is written.",
    )


def draw_kept(heard: Sequence[Heard], names: Sequence[str]) -> None:
    """All that came before a run ended without a result."""
    if not heard:
        return
    st.markdown("**What was written until then**")
    for each in heard:
        where = [names[each.picture]] if len(names) > 1 else []
        which = [f"answer {each.attempt}"] if len(heard) > 1 else []
        if where or which:
            st.caption(plain(", ".join([*where, *which])))
        st.code(_end(each.text), language=None, wrap_lines=True, height=KEPT_HEIGHT)


def amounts(usage: Usage | None) -> str:
    """What an answer took, as the engine counted it: tokens, pace, first token."""
    if usage is None:
        return ""
    told = []
    if usage.answer_tokens:
        told.append(f"{usage.answer_tokens:,} tokens")
        writing = (usage.seconds or 0) - (usage.first_token_seconds or 0)
        if writing > 0:
            told.append(f"{usage.answer_tokens / writing:.1f} tokens/s")
    if usage.first_token_seconds is not None:
        told.append(f"first after {usage.first_token_seconds:.1f} s")
    if usage.seconds is not None:
        told.append(f"{usage.seconds:.1f} s in all")
    if usage.cost_usd:
        told.append(f"{usage.cost_usd:.4f} US$")
    return ", ".join(told)


def _pace(running: Running) -> list[str]:
    heard = running.feed.heard
    if not heard:
        return []
    now = heard[-1]
    told = [f"first text after {heard[0].first - running.started:.1f} s"]
    if now.last - now.first >= _LEAST_SECONDS:
        pace = _tokens(now) / (now.last - now.first)
        told.append(f"about {pace:.0f} tokens/s")
    return told


def _tokens(heard: Heard) -> float:
    """About how many there are."""
    pieces, characters = len(heard.pieces), len(heard.text)
    return pieces if characters <= LONGEST_TOKEN * pieces else characters / CHARACTERS_A_TOKEN


def _end(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else "…" + text[-LONGEST_SHOWN:]
