"""What got no draft, each with its reason; and asking about those alone once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.annotate import address, machine
from app.components.errors import show_error
from app.components.person import person
from app.components.words import marked
from app.state import store
from ghost_engine.annotate.runs import Failure, annotation_runs, config_of, failures
from ghost_engine.annotate.start import start_annotation
from ghost_engine.errors import GhostError
from ghost_engine.jobs.records import Run
from ghost_engine.training.clicks import click_on

SHOWN = 50
KINDS = {
    "blocked": "Withheld",
    "refused": "Refused",
    "rate": "Too fast",
    "server": "Service failed",
    "network": "Not reached",
    "stalled": "Silent",
    "cut": "Line cut",
    "answer": "No usable answer",
    "empty": "Nothing drafted",
    "picture": "Picture unreadable",
}


def draw(run: Run, rows: Sequence[dict[str, Any]]) -> None:
    """The failures, newest first, and the button."""
    found = failures(list(rows))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Failed**", width="stretch")
        if found and run.state == "finished":
            _draw_retry(run, found)
    if not found:
        st.caption("None.")
        return
    kinds = Counter(KINDS.get(each.kind, each.kind) for each in found)
    st.caption(" · ".join(f"{count:,} {word.lower()}" for word, count in kinds.most_common()))
    with st.container(height=430 if len(found) > 5 else "content", gap="xsmall", border=False):
        for each in reversed(found[-SHOWN:]):
            word = KINDS.get(each.kind, each.kind)
            st.markdown(
                f":red-badge[:material/error: {word}] [Example {each.example}]"
                f"(curate?example={each.example}&status=any)"
            )
            st.caption(marked(f"{each.reason} {each.hint}".strip()))


def _draw_retry(run: Run, found: Sequence[Failure]) -> None:
    if st.button(
        f"Ask about these {len(found):,} again",
        key="annotate-retry",
        icon=":material/replay:",
        help="A new annotation with the same settings, of the failed ones alone",
    ):
        config = config_of(run)
        assert config is not None, "a run that finished has its settings"
        ids = [each.example for each in found]
        try:
            click = click_on([config.to_yaml(), run.id, *ids], annotation_runs())
            new = click.run or start_annotation(
                store(), config, ids=ids, by=person(), request=click.request
            )
        except GhostError as error:
            show_error(error, "the start of the annotation")
            return
        machine.look_again()
        address.open_run(new.id)
