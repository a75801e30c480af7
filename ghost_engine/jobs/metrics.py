"""The measurements that count, each step once, however often the run was interrupted.

An attempt that starts again from step 20 makes the rows after step 20 of earlier attempts void,
and an attempt with a new lineage makes all earlier ones void. Nothing is ever deleted from
metrics.jsonl: what counts follows from it and from the `started` events.
"""

from __future__ import annotations

from typing import Any

from ghost_engine.jobs.folder import RunFolder, Tail, read_json

Row = dict[str, Any]


class Metrics:
    """The rows of a running job, read on: a refresh costs what was added since the last one."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._rows = Tail(folder.metrics)
        self._events = Tail(folder.events)
        self._begin()

    def _begin(self) -> None:
        self._all: list[Row] = []
        self._steps: dict[int, Row] = {}
        self._sorted: list[Row] = []
        self._started: dict[int, int] = {}
        self._lineage = 1

    def refresh(self) -> list[Row]:
        """The rows that count now, by step; rows of one step are merged, later values win."""
        new = self._rows.read()
        if self._rows.restarted:
            self._begin()
            self._events = Tail(self._folder.events)
        # The rows first, the events after: a row is only there once its attempt's start is.
        changed = self._read_starts()
        if not new and not changed:
            return self._sorted
        self._all += [row for row in new if _is_row(row)]
        if changed:
            self._steps.clear()
            self._sorted = []
            new = self._all
        touched = set()
        for row in new:
            if _is_row(row) and self._counts(row):
                self._merge(row)
                touched.add(row["step"])
        self._sorted = self._in_order(touched)
        return self._sorted

    def _in_order(self, touched: set[int]) -> list[Row]:
        """All rows by step, in a new list; as a rule only the end of the last one is new."""
        kept, first = len(self._sorted), min(touched, default=0)
        while touched and kept and self._sorted[kept - 1]["step"] >= first:
            kept -= 1
            if self._sorted[kept]["step"] not in touched:  # something was added far behind
                return [self._steps[step] for step in sorted(self._steps)]
        return [*self._sorted[:kept], *(self._steps[step] for step in sorted(touched))]

    def _read_starts(self) -> bool:
        events = self._events.read()
        before = (dict(self._started), self._lineage)
        for event in events:
            if event.get("event") == "started" and isinstance(event.get("attempt"), int):
                self._started[event["attempt"]] = int(event.get("from_step") or 0)
        if events:
            document = read_json(self._folder.attempt) or {}
            self._lineage = int(document.get("lineage", 1))
        return (self._started, self._lineage) != before

    def _counts(self, row: Row) -> bool:
        attempt, step = row["attempt"], row["step"]
        if attempt < self._lineage:
            return False
        later = (start for other, start in self._started.items() if other > attempt)
        return all(step <= start for start in later)

    def _merge(self, row: Row) -> None:
        values = {key: value for key, value in row.items() if value is not None}
        self._steps[row["step"]] = {**self._steps.get(row["step"], {}), **values}


def read_metrics(folder: RunFolder) -> list[Row]:
    """The rows that count, by step, each step once."""
    return Metrics(folder).refresh()


def _is_row(row: Row) -> bool:
    return isinstance(row.get("step"), int) and isinstance(row.get("attempt"), int)
