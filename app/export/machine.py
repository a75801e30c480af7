"""What is here for an export, asked seldom: runs with an adapter, past exports, bases, plans.

Everything is cached for all sessions, some seconds.
"""

from __future__ import annotations

import streamlit as st

from app.train.machine import training_runs
from ghost_engine.export import KIND
from ghost_engine.export.base import Base, find_base
from ghost_engine.export.config import QUANTS, ExportConfig
from ghost_engine.export.plan import Plan, plan_export
from ghost_engine.export.subject import SETTINGS
from ghost_engine.jobs.reading import list_runs
from ghost_engine.jobs.records import Run

LOOK_SECONDS = 3.0


def trained() -> list[Run]:
    """The training runs that have an adapter, newest first."""
    return [run for run in training_runs() if (run.folder.adapter / SETTINGS).is_file()]


@st.cache_data(ttl=LOOK_SECONDS, show_spinner=False)
def exports() -> list[Run]:
    """The exports, newest first, a moment old at most."""
    return list_runs(kind=KIND)


@st.cache_data(ttl=LOOK_SECONDS, max_entries=50, show_spinner=False)
def base(name: str) -> Base:
    """Where the weights of a base are."""
    return find_base(name)


def plan(config: ExportConfig) -> Plan:
    """What an export takes."""
    return _plan(config, config.to_yaml())


def sizes(config: ExportConfig) -> dict[str, int]:
    """The bytes of every form that could be made, and of the picture part, by part."""
    everything = config.model_copy(update={"quants": QUANTS})
    return {file.part: file.bytes for file in plan(everything).files}


def look_again() -> None:
    """Forgets what was seen."""
    for each in (training_runs, exports, base, _plan):
        each.clear()


@st.cache_data(ttl=LOOK_SECONDS, max_entries=50, show_spinner=False)
def _plan(_config: ExportConfig, asked: str) -> Plan:
    return plan_export(_config)
