"""Pictures of the last hour, so that reloading the page brings them back.

Kept as the bytes that came in, under their content's hash: whoever asks for one must know what is
in it. Bounded in number, size and age; nothing of a session (edits, results) is here.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

MAX_BYTES = 64_000_000
MAX_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Kept:
    name: str
    data: bytes
    since: float


class Recent:
    """The store. Safe across threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, name: str, data: bytes) -> str:
        """Keeps a file; returns the hash to ask for it with."""
        content_hash = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._kept[content_hash] = _Kept(name, data, time.monotonic())
            self._kept.move_to_end(content_hash)
            self._forget()
        return content_hash

    def find(self, content_hash: str) -> tuple[str, bytes] | None:
        """The file's name and bytes, or None when it is gone."""
        with self._lock:
            self._forget()
            kept = self._kept.get(content_hash)
        return (kept.name, kept.data) if kept else None

    def _forget(self) -> None:
        oldest = time.monotonic() - MAX_SECONDS
        total = sum(len(kept.data) for kept in self._kept.values())
        for content_hash, kept in list(self._kept.items()):
            if kept.since >= oldest and total <= MAX_BYTES:
                break
            total -= len(kept.data)
            del self._kept[content_hash]


recent = Recent()
