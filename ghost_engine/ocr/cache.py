"""Texts already read, one small file a picture, named by content and reader version.

Several processes may share the folder. An entry that cannot be understood counts as missing, and a
folder that cannot be written only costs time.
"""

from __future__ import annotations

import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ghost_engine.errors import OcrError
from ghost_engine.ocr.lines import Line, dump_lines, load_lines

MAX_ENTRIES = 2_000  # about 10 KB each

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LineCache:
    """The lines of pictures in `folder`; the longest unused leave once `max_entries` is passed."""

    folder: Path
    version: str
    max_entries: int = MAX_ENTRIES

    def get(self, content_hash: str) -> tuple[Line, ...] | None:
        """The lines of that picture, or None."""
        path = self._path(content_hash)
        try:
            lines = load_lines(path.read_bytes())
            os.utime(path)
        except (OSError, OcrError):
            return None
        return lines

    def put(self, content_hash: str, lines: tuple[Line, ...]) -> None:
        """Keeps the lines; a reader sees all of them or none."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                file.write(dump_lines(lines))
            os.replace(file.name, self._path(content_hash))
            self._prune()
        except OSError as error:
            _log.warning("Text read from a picture could not be kept: %s", error)

    def _path(self, content_hash: str) -> Path:
        return self.folder / f"{content_hash}-{self.version}.json"

    def _prune(self) -> None:
        with os.scandir(self.folder) as entries:
            files = [(entry.stat().st_mtime_ns, entry.path) for entry in entries]
        for _, path in sorted(files)[: max(0, len(files) - self.max_entries)]:
            Path(path).unlink(missing_ok=True)
