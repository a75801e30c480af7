"""The end of a run's log as a person would see it in a terminal.

Progress bars write over their own line with carriage returns and colour it with escapes; here
only the last state of each line is left, in plain text.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path

READ_BYTES = 256 * 1024
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor moves
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    r"|[@-Z\\-_]"
    r"|[ -/]+[0-~])"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def log_tail(path: Path, lines: int = 200, since: int = 0) -> list[str]:
    """The last lines of a log; none while there is no file.

    Args:
        since: do not look before this byte.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            begin = max(since, size - READ_BYTES)
            file.seek(begin)
            data = file.read(READ_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return []
    if begin > since:
        data = _without_cut_line(data)
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    shown = [_last_state(line) for line in text.split("\n")]
    if shown and not shown[-1]:
        shown.pop()
    return shown[-lines:]


def say(text: str) -> None:
    """A line on stderr, which is the log of a supervisor or worker; a full disk swallows it."""
    with suppress(OSError, ValueError):
        print(text.rstrip(), file=sys.stderr, flush=True)  # noqa: T201


def _without_cut_line(data: bytes) -> bytes:
    """From the first beginning of a line, or of a bar's new state where the whole is one line."""
    ends = [place for mark in (b"\n", b"\r") if (place := data.find(mark)) >= 0]
    return data[min(ends) + 1 :] if ends else data


def _last_state(line: str) -> str:
    states = [state for part in line.split("\r") if (state := _plain(part)).strip()]
    return states[-1].rstrip() if states else ""


def _plain(text: str) -> str:
    return _CONTROLS.sub("", _ESCAPES.sub("", text))
