"""What comes back from the volume, into the run's folder here: rows, log, states, the adapter.

Files that grow are the volume's byte for byte, so that their size here says how far they were read,
whenever this process was killed. Events are an exception: the run here has its own, and those from
there come between them, each with its number there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghost_engine.errors import TrainingError
from ghost_engine.jobs.folder import RunFolder, append_row, read_json, read_rows, write_json
from ghost_engine.training.checkpoints import replacing
from ghost_engine.training.remote.mirror import HOURS, sha256
from ghost_engine.training.remote.place import Place, folder_of

FAR = "remote"
"""The folder of the run with what its other half says of itself: status, progress, events, log."""

_ROWS = ("metrics.jsonl", "samples.jsonl", "vram.jsonl")
_DOCUMENTS = ("status.json", "progress.json", "attempt.json", HOURS)
_MEMORY = "memory.json"
_TOLD_HERE = {"queued", "finished", "stopped", "failed", "stop_asked", "resumed", "attempt_ended"}
"""Events of the other half that the run here tells itself, of itself."""


class Receiver:
    """Brings one run's folder up to date, again and again."""

    def __init__(self, place: Place, folder: RunFolder) -> None:
        self._place = place
        self._folder = folder
        self._under = folder_of(folder.id)
        self._far = folder.path / FAR
        self._far.mkdir(exist_ok=True)
        told = (row.get("far") for row in read_rows(folder.events))
        self._told = max((number for number in told if isinstance(number, int)), default=0)

    def pull(self) -> None:
        """Take over what is new. Raises Unreachable; what was taken by then stays."""
        sizes = self._place.sizes(self._under)
        for name in _DOCUMENTS:
            if name in sizes:
                self._take_document(name, self._far / name)
        if _MEMORY in sizes:
            self._take_document(_MEMORY, self._folder.path / _MEMORY)
        self._take_over_settings()
        rows = {name: self._read_on(name, self._folder.path, sizes) for name in _ROWS}
        self._take_events(sizes)  # before the metrics: they say since when these count
        for name, data in rows.items():
            _append(self._folder.path / name, data)
        log = self._read_on("log.txt", self._far, sizes)
        _append(self._far / "log.txt", log)
        _append(self._folder.log, log)

    def document(self, name: str) -> dict[str, Any]:
        """The other half's document, as it was last seen; empty if it never was."""
        return read_json(self._far / name) or {}

    def take_adapter(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        """Fetch the adapter, whole or not at all; one that is here already is left alone.

        Raises:
            TrainingError: a file did not arrive as it was sent.
        """
        if all(_is_same(self._folder.adapter / name, about) for name, about in files.items()):
            return
        arrived = self._far / "adapter"  # kept between two tries: a file is fetched once
        for name, about in files.items():
            self._fetch(f"{self._under}/adapter/{name}", arrived / name, about)
        with replacing(self._folder.adapter) as partial:
            for name in files:
                (partial / name).parent.mkdir(parents=True, exist_ok=True)
                (arrived / name).rename(partial / name)
        shutil.rmtree(arrived, ignore_errors=True)

    def _fetch(self, path: str, target: Path, about: Mapping[str, Any]) -> None:
        if _is_same(target, about):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        self._place.download(path, target)
        if not _is_same(target, about):
            raise TrainingError(
                f"{target.name} of the adapter did not arrive as it was sent.",
                f"`ghost runs resume {self._folder.id}` fetches it again.",
            )

    def _take_document(self, name: str, target: Path) -> None:
        try:
            document = json.loads(self._place.read(f"{self._under}/{name}"))
        except (ValueError, FileNotFoundError):
            return  # caught while it was written: the next time
        write_json(target, document, durable=False)

    def _take_over_settings(self) -> None:
        """Overrides and lineage are those of the attempt there: what counts follows from them."""
        there, here = self.document("attempt.json"), read_json(self._folder.attempt)
        if not there or here is None:
            return
        wanted: dict[str, Any] = {
            key: there[key] for key in ("overrides", "lineage") if key in there
        }
        if any(here.get(key) != value for key, value in wanted.items()):
            write_json(self._folder.attempt, {**here, **wanted})

    def _read_on(self, name: str, folder: Path, sizes: Mapping[str, int]) -> bytes:
        path = folder / name
        have = path.stat().st_size if path.exists() else 0
        if sizes.get(name, 0) <= have:
            return b""
        return self._place.read(f"{self._under}/{name}", have)

    def _take_events(self, sizes: Mapping[str, int]) -> None:
        copy = self._far / "events.jsonl"
        _append(copy, self._read_on("events.jsonl", self._far, sizes))
        for number, row in enumerate(read_rows(copy), 1):
            if number <= self._told:
                continue
            self._told = number
            first = row.get("event") == "attempt_started" and row.get("attempt") == 1
            if row.get("event") not in _TOLD_HERE and not first:
                append_row(self._folder.events, {**row, "far": number})


def _is_same(path: Path, about: Mapping[str, Any]) -> bool:
    return path.is_file() and sha256(path) == about["sha256"]


def _append(path: Path, data: bytes) -> None:
    if data:
        with open(path, "ab") as file:
            file.write(data)
