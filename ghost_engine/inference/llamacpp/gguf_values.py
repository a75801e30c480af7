"""The values a GGUF file's head is made of: numbers, texts, and how it begins.

Two readers stand on this: one of the first few settings, one of everything up to the tensors.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

NUMBERS = dict(zip((*range(8), 10, 11, 12), "BbHhIif?Qqd", strict=True))
"""A number's kind in the file, and its letter for `struct`."""
STRING, ARRAY = 8, 9
BROKEN = (struct.error, ValueError, LookupError, TypeError, ArithmeticError, RecursionError)
"""What reading a file that is no GGUF, or a damaged one, may raise."""

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)


def read_start(file: BinaryIO, most: int) -> tuple[int, int]:
    """How many tensors and settings follow.

    Raises:
        ValueError: another format, or more than `most`.
    """
    if file.read(4) != _MAGIC or read_number(file, "I") not in _VERSIONS:
        raise ValueError("another format")
    tensors, fields = read_number(file, "Q"), read_number(file, "Q")
    if max(tensors, fields) > most:
        raise ValueError("too many")
    return tensors, fields


def read_number(file: BinaryIO, letter: str) -> Any:
    form = f"<{letter}"
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def read_text(file: BinaryIO, most: int) -> str:
    """A text of at most so many bytes.

    Raises:
        ValueError: it is longer, or cut off.
    """
    length = read_number(file, "Q")
    data = file.read(length) if length <= most else b""
    if len(data) != length:
        raise ValueError("too long, or cut off")
    return data.decode(errors="replace")
