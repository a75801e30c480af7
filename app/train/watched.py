"""What is known of a run that somebody looks at: read on from its files, once for all who look."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import streamlit as st

from ghost_engine.jobs.folder import RunFolder, Tail
from ghost_engine.training.curves import LiveCard, LiveCurves, Shown

Row = dict[str, Any]


class LiveRows:
    """The rows of a growing file. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._tail = Tail(path)
        self._rows: list[Row] = []
        self._guard = threading.Lock()

    def refresh(self) -> list[Row]:
        """All rows so far; a list that nobody changes afterwards."""
        with self._guard:
            new = self._tail.read()
            if self._tail.restarted:
                self._rows = new
            elif new:
                self._rows = [*self._rows, *new]
            return self._rows


class Watched:
    """A run's curves, card, events and samples, each as far as it was read."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.curves = LiveCurves(folder)
        self.card = LiveCard(folder)
        self.events = LiveRows(folder.events)
        self.samples = LiveRows(folder.samples)
        self.shown = Shown()


@st.cache_resource(max_entries=16, show_spinner=False)
def watched(path: str) -> Watched:
    """What this process knows of the run in that folder."""
    return Watched(RunFolder(Path(path)))
