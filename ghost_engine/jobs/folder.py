"""A run's folder: where each file lies, and how files are written so that a kill never hurts.

Whole documents are replaced by renaming; rows are appended with one write each; a reader passes
over the half line that a kill or a full disk left behind. Nothing here knows what a row means.
"""

from __future__ import annotations

import errno
import fcntl
import json
import math
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ghost_engine.errors import JobError

RESERVE_BYTES = 64 * 1024
FULL = {errno.ENOSPC, errno.EDQUOT}


class _Inside:
    """A path inside the folder, by name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, folder: RunFolder, owner: type[RunFolder]) -> Path:
        return folder.path / self._name


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run. Making the object touches no file."""

    path: Path

    job = _Inside("job.json")
    config = _Inside("config.yaml")
    dataset = _Inside("dataset")
    status = _Inside("status.json")
    attempt = _Inside("attempt.json")
    progress = _Inside("progress.json")
    outcome = _Inside("outcome.json")
    metrics = _Inside("metrics.jsonl")
    vram = _Inside("vram.jsonl")
    events = _Inside("events.jsonl")
    samples = _Inside("samples.jsonl")
    notes = _Inside("notes.json")
    log = _Inside("log.txt")
    stop = _Inside("stop")
    checkpoints = _Inside("checkpoints")
    adapter = _Inside("adapter")
    gguf = _Inside("gguf")
    lock = _Inside("run.lock")
    worker_lock = _Inside("worker.lock")
    reserve = _Inside(".reserve")
    elsewhere = _Inside("elsewhere.json")
    """{"folders": [...]} that go with the run when it is deleted; their names hold its id."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path).absolute())

    @property
    def id(self) -> str:
        return self.path.name

    def add_event(self, event: str, attempt: int, **fields: Any) -> None:
        """Append a row to events.jsonl: what happened, in which attempt, when."""
        append_row(self.events, {"time": now_text(), "attempt": attempt, "event": event, **fields})

    def save(self, path: Path, document: Mapping[str, Any]) -> None:
        """Write what must not be lost, on a full disk too: the reserve is given up for it.

        Raises:
            OSError: it cannot be written even so.
        """
        try:
            write_json(path, document)
        except OSError as error:
            if error.errno not in FULL or not self.reserve.exists():
                raise
            self.reserve.unlink(missing_ok=True)
            write_json(path, document)

    def keep_reserve(self) -> None:
        """Keep some bytes that `save` can give up, if the disk has them to spare."""
        with suppress(OSError):
            if not self.reserve.exists():
                self.reserve.write_bytes(os.urandom(RESERVE_BYTES))


def now_text() -> str:
    """The time, UTC, as every file here writes it: 2026-11-22T11:42:16.123Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def explain_errors(what: str) -> Iterator[None]:
    """Turn what the file system refuses into a JobError that begins with `what`."""
    try:
        yield
    except OSError as error:
        hint = "Free some space." if error.errno in FULL else "Check the folder and its rights."
        raise JobError(f"{what}: {error.strerror or error}.", hint) from error


def write_json(path: Path, document: Mapping[str, Any], *, durable: bool = True) -> None:
    """Replace a file, whole or not at all.

    Args:
        durable: wait until it is on the disk, so that it outlives the machine's fall too.

    Raises:
        OSError: it cannot be written; the old file stands.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(_dump(document, indent=2) + "\n")
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    if durable:
        _sync_folder(path.parent)


def read_json(path: Path) -> dict[str, Any] | None:
    """The document of a file; None where there is none, or what stands there is none.

    Raises:
        JobError: it is there and cannot be read.
    """
    try:
        document = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        return None
    except OSError as error:
        raise JobError(f"{path} cannot be read: {error.strerror}.", "Check its rights.") from error
    return document if isinstance(document, dict) else None


def append_row(path: Path, row: Mapping[str, Any]) -> None:
    """Append one JSON line, in one write; a half line left by a kill is ended first.

    Writers take turns: another's line under way would look like a half one.

    Raises:
        OSError: it cannot be written whole.
    """
    line = (_dump(row) + "\n").encode()
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.lseek(file, 0, os.SEEK_END)
        if size and os.pread(file, 1, size - 1) != b"\n":
            line = b"\n" + line
        while line:
            line = line[os.write(file, line) :]  # the rest of a short write says why it was short
    finally:
        os.close(file)


class Tail:
    """The rows of a growing file, each handed out once.

    `restarted` says that the last `read` began anew, because the file was replaced or cut.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.restarted = False
        self._offset = 0
        self._inode = 0

    def read(self) -> list[dict[str, Any]]:
        """The rows completed since the last call; none while there is no file.

        A last line without its end stays for a later call; a line that is no JSON object is
        passed over.
        """
        self.restarted = False
        try:
            with open(self.path, "rb") as file:
                return self._read(file.fileno())
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _read(self, file: int) -> list[dict[str, Any]]:
        about = os.fstat(file)
        if self._offset and (about.st_ino != self._inode or about.st_size < self._offset):
            self.restarted, self._offset = True, 0
        self._inode = about.st_ino
        if about.st_size == self._offset:
            return []
        data = _pread_all(file, about.st_size - self._offset, self._offset)
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        return [row for line in data[:whole].split(b"\n") if (row := _parse(line)) is not None]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """All rows of a file, without an unterminated last line."""
    return Tail(path).read()


def _pread_all(file: int, count: int, offset: int) -> bytes:
    parts = []
    while count > 0 and (part := os.pread(file, count, offset)):
        parts.append(part)
        count, offset = count - len(part), offset + len(part)
    return b"".join(parts)


def _parse(line: bytes) -> dict[str, Any] | None:
    if not line:
        return None
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _dump(document: Mapping[str, Any], indent: int | None = None) -> str:
    try:
        return json.dumps(
            document, ensure_ascii=False, allow_nan=False, default=_plain, indent=indent
        )
    except ValueError:  # a loss that is not a number: JSON has no word for it
        return json.dumps(_finite(document), ensure_ascii=False, default=_plain, indent=indent)


def _plain(value: Any) -> Any:
    """What JSON has no word for: numbers of numpy and torch, paths, times."""
    if hasattr(value, "item"):
        number = value.item()
        return number if not isinstance(number, float) or math.isfinite(number) else None
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems cannot sync a folder
            raise
    finally:
        os.close(file)
