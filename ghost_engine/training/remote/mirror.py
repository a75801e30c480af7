"""A run's folder on the container's disk, kept on the volume: `Mirror.push`, and `restore`.

The work never runs on the volume itself: its locks are not the kernel's, and a reload refuses open
files. What grows is appended, what is replaced is renamed into place, checkpoints are copied once,
whole. After any death the volume holds a state that the run once had, or nothing of a file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from ghost_engine.jobs.folder import RunFolder
from ghost_engine.training import checkpoints

RESULT = "result-{generation}.json"
HOURS = "hours.json"
_GROWING = ("metrics.jsonl", "samples.jsonl", "vram.jsonl", "log.txt", "events.jsonl")
"""Read in this order and written in the opposite one: a metric is never there without the event
that says since when its attempt counts."""
_READ_BYTES = 1 << 20


class Mirror:
    """The way from a run's folder to its copy."""

    def __init__(self, folder: RunFolder, target: Path) -> None:
        self._folder = folder
        self._target = target
        self._sent: dict[str, tuple[int, int]] = {}

    def push(self) -> None:
        """Bring the copy up to date, but for the adapter."""
        self._target.mkdir(parents=True, exist_ok=True)
        new = [(name, self._read_on(name)) for name in _GROWING]
        for name, data in reversed(new):
            if data:
                with open(self._target / name, "ab") as file:
                    file.write(data)
        for path in sorted(self._folder.path.glob("*.json")):
            self._send(path, self._target / path.name)
        self._push_checkpoints()

    def push_adapter(self) -> dict[str, dict[str, Any]]:
        """Copy the adapter anew; its files with bytes and sha256."""
        source, target = self._folder.adapter, self._target / "adapter"
        shutil.rmtree(target, ignore_errors=True)
        if not source.is_dir():
            return {}
        shutil.copytree(source, target)
        files = (path for path in sorted(source.rglob("*")) if path.is_file())
        return {
            path.relative_to(source).as_posix(): {
                "bytes": path.stat().st_size,
                "sha256": sha256(path),
            }
            for path in files
        }

    def _read_on(self, name: str) -> bytes:
        """What the copy lacks, up to the last whole row."""
        source, target = self._folder.path / name, self._target / name
        try:
            with open(source, "rb") as file:
                file.seek(target.stat().st_size if target.exists() else 0)
                data = file.read()
        except FileNotFoundError:
            return b""
        return data[: data.rfind(b"\n") + 1]

    def _send(self, source: Path, target: Path) -> None:
        """Copy a document that was replaced since."""
        try:
            about = source.stat()
            mark = (about.st_mtime_ns, about.st_ino)
            if self._sent.get(source.name) == mark and target.exists():
                return
            data = source.read_bytes()
        except FileNotFoundError:
            return
        partial = target.with_name(f".{target.name}.partial")
        partial.write_bytes(data)
        os.replace(partial, target)
        self._sent[source.name] = mark

    def _push_checkpoints(self) -> None:
        source, target = self._folder.checkpoints, self._target / "checkpoints"
        if not source.is_dir():
            return
        target.mkdir(exist_ok=True)
        whole = [each.path.name for each in checkpoints.complete(source)]
        kept = {each.path.name for each in checkpoints.complete(target)}
        for name in whole:
            if name in kept and _same_mark(source / name, target / name):
                continue
            _copy_whole(source / name, target / name)
        self._send(source / checkpoints.BEST, target / checkpoints.BEST)
        for path in target.iterdir():  # last: between two deaths one too many is better than none
            if path.is_dir() and path.name not in whole:
                shutil.rmtree(path, ignore_errors=True)


def restore(copy: Path, folder: RunFolder) -> None:
    """A run's folder as the copy has it; results and hours are the volume's own."""
    skipped = {HOURS, "adapter"}

    def ignore(place: str, names: list[str]) -> list[str]:
        if Path(place) != copy:
            return []
        return [name for name in names if name in skipped or name.startswith((".", "result-"))]

    shutil.copytree(copy, folder.path, ignore=ignore)


def sha256(path: Path) -> str:
    """Of a file of any size."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(_READ_BYTES):
            digest.update(part)
    return digest.hexdigest()


def _same_mark(one: Path, other: Path) -> bool:
    """Whether two checkpoints are the same one, and not another attempt's at the same step."""
    return (one / checkpoints.MARK).read_bytes() == (other / checkpoints.MARK).read_bytes()


def _copy_whole(source: Path, target: Path) -> None:
    partial = target.with_name(f".partial-{target.name}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(source, partial)
    except (FileNotFoundError, shutil.Error):  # rotated away meanwhile
        shutil.rmtree(partial, ignore_errors=True)
        return
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
