"""What is here for an annotation, asked seldom: past runs, what waits, what it would take.

Everything is cached for all sessions, some seconds.
"""

from __future__ import annotations

import streamlit as st

from app.playground import engines
from app.state import store
from ghost_engine.annotate.config import AnnotateConfig
from ghost_engine.annotate.plan import Plan, plan_annotation
from ghost_engine.annotate.runs import annotation_runs
from ghost_engine.data.records import Counts
from ghost_engine.jobs.records import Run

LOOK_SECONDS = 3.0


@st.cache_data(ttl=LOOK_SECONDS, show_spinner=False)
def runs() -> list[Run]:
    """The annotations, newest first, a moment old at most."""
    return annotation_runs(start_queued=True)


@st.cache_data(ttl=LOOK_SECONDS, show_spinner=False)
def counts() -> Counts:
    """What the store holds."""
    return store().counts()


def plan(config: AnnotateConfig) -> Plan:
    """What would be asked, and what that takes."""
    return _plan(config, config.to_yaml())


def look_again() -> None:
    """Forgets what was seen."""
    engines.look_again()
    for each in (runs, counts, _plan):
        each.clear()


@st.cache_data(ttl=LOOK_SECONDS, max_entries=50, show_spinner="Looking at the store")
def _plan(_config: AnnotateConfig, asked: str) -> Plan:
    return plan_annotation(store(), _config)
