"""What this machine has for training, asked seldom: cards, packages, the base model, past runs.

Everything is cached for all sessions, some seconds; the hub is asked in a thread.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.curate.task import Task
from ghost_engine.hardware import KNOWN_CARDS, Card, Survey, survey
from ghost_engine.jobs.reading import list_runs
from ghost_engine.jobs.records import Run
from ghost_engine.training.base_model import Place, locate
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.pace import ALIKE, Pace, past_pace
from ghost_engine.training.readiness import Lack, expected_loader, lacks, runs_on_gpu
from ghost_engine.training.remote.record import read_remote
from ghost_engine.training.start import KIND

CARDS_SECONDS = 10.0
MODEL_SECONDS = 120.0
RUNS_SECONDS = 2.0
PACE_SECONDS = 30.0
RUNS_LOOKED_AT = 40  # for the pace; the newest
WAIT_SECONDS = 0.3  # for the hub; later answers are taken at the next look


@st.cache_data(ttl=CARDS_SECONDS, show_spinner=False)
def here() -> Survey:
    """The cards, at most some seconds old."""
    return survey()


def missing(config: TrainingConfig) -> tuple[Lack, ...]:
    """What a run of this configuration lacks here.

    While the hub is being asked about the base model, it passes for there.
    """
    there = here()
    first = lacks(config, there, Place("built"))
    if any(lack.what in ("gpu", "packages") for lack in first):
        return first
    return lacks(config, there, _place(config.base_model))


@st.cache_data(ttl=RUNS_SECONDS, show_spinner=False)
def training_runs() -> list[Run]:
    """The training runs, newest first, a moment old at most."""
    return list_runs(kind=KIND)


def pace(config: TrainingConfig) -> Pace | None:
    """The pace of past runs like this one."""
    loader, on_gpu = expected_loader(config), runs_on_gpu(config, here())
    return _pace(config, tuple(getattr(config, name) for name in ALIKE), loader, on_gpu)


def card_of(config: TrainingConfig, preset: str, named: str = "") -> tuple[Card | None, bool]:
    """The card to plan for, and whether it is this machine's.

    Args:
        config: a run on the processor needs none.
        preset: stands for its card where there is none here.
        named: one of the known cards; "" for what is here.
    """
    if named in KNOWN_CARDS:
        return KNOWN_CARDS[named], False
    if config.device == "cpu":
        return None, True
    present = here().cards
    if present:
        return present[0], True
    return KNOWN_CARDS.get(preset, KNOWN_CARDS["a10g"]), False


def look_again() -> None:
    """Forgets what was seen, after something was installed."""
    for each in (here, training_runs, _pace, _located):
        each.clear()


@st.cache_data(ttl=PACE_SECONDS, max_entries=50, show_spinner=False)
def _pace(
    _config: TrainingConfig, alike: tuple[Any, ...], loader: Any, on_gpu: bool
) -> Pace | None:
    own = [run for run in training_runs() if read_remote(run.folder) is None]
    runs = own[:RUNS_LOOKED_AT]  # a rented machine's pace is none of this one's
    return past_pace(_config, runs, loader=loader, on_gpu=on_gpu)


@st.cache_resource(ttl=MODEL_SECONDS, max_entries=20, show_spinner=False)
def _located(base_model: str) -> Task[Place]:
    return Task(lambda _: locate(base_model))


def _place(base_model: str) -> Place:
    task = _located(base_model)
    task.wait(WAIT_SECONDS)
    return task.result or Place("cache")
