"""Messages over a pipe: a kind of one byte, a length of four, then the body.

A picture goes to the worker as `PICTURE` (width and height as two big-endian integers, then RGB
bytes, row by row); `LINES` (see `ghost_engine.ocr.lines`), `FAILED` (UTF-8 text) or `READY` (empty,
once after loading) come back.
"""

from __future__ import annotations

import struct
from typing import IO

PICTURE, LINES, FAILED, READY = b"P", b"L", b"F", b"R"

_HEADER = struct.Struct(">cI")


def write_frame(pipe: IO[bytes], kind: bytes, *parts: bytes) -> None:
    """Sends one message whole.

    Raises:
        OSError: the other side is gone.
    """
    pipe.write(_HEADER.pack(kind, sum(len(part) for part in parts)))
    for part in parts:
        pipe.write(part)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    """The next (kind, body).

    Raises:
        EOFError: the other side is gone.
    """
    kind, length = _HEADER.unpack(_read_exactly(pipe, _HEADER.size))
    return kind, _read_exactly(pipe, length)


def _read_exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError("the pipe was closed")
    return data
