"""What a GGUF file says of itself at its very beginning, read in a millisecond.

Reading ends where the vocabulary begins: sizes, architecture and the kind of tokenizer stand before
it. Whether the rest of the file is whole, llama.cpp says when it loads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ghost_engine.errors import EngineError
from ghost_engine.inference.llamacpp.gguf_values import (
    ARRAY,
    BROKEN,
    NUMBERS,
    STRING,
    read_number,
    read_start,
    read_text,
)

VISION = "clip"
"""The architecture that files of a vision part have."""

_MOST_FIELDS = 1 << 16
_LONGEST_TEXT = 1 << 20  # bytes; chat templates have some thousand
_LONGEST_LIST = 1 << 12  # longer ones are the vocabulary's

Value = int | float | bool | str


@dataclass(frozen=True, slots=True)
class Heading:
    """`architecture` is llama.cpp's word, `context` the tokens it was trained for (0: not said);
    `tokenizer` and `splitter` are "" where the file has none."""

    architecture: str
    name: str = ""
    size: str = ""
    context: int = 0
    tokenizer: str = ""
    splitter: str = ""

    @property
    def is_vision(self) -> bool:
        return self.architecture == VISION


def read_heading(path: Path) -> Heading:
    """The heading of a file, remembered as long as the file stays as it is.

    Raises:
        EngineError: it cannot be read, or is no GGUF.
    """
    try:
        there = path.stat()
        return _read(path, there.st_mtime_ns, there.st_size)
    except OSError as error:
        raise EngineError(
            f"{path} cannot be read: {error.strerror}.", "Give the path of a GGUF file."
        ) from error
    except BROKEN as error:
        raise EngineError(
            f"{path.name} is no GGUF, or a broken one.", "Export or download the model again."
        ) from error


@lru_cache(maxsize=256)
def _read(path: Path, changed_ns: int, size: int) -> Heading:
    with path.open("rb") as file:
        fields = dict(_fields(file))
    architecture = str(fields["general.architecture"])
    return Heading(
        architecture,
        str(fields.get("general.name", "")),
        str(fields.get("general.size_label", "")),
        int(fields.get(f"{architecture}.context_length", 0)),
        str(fields.get("tokenizer.ggml.model", "")),
        str(fields.get("tokenizer.ggml.pre", "")),
    )


def _fields(file: BinaryIO) -> Iterator[tuple[str, Value]]:
    """The single values up to the first long list."""
    _, count = read_start(file, _MOST_FIELDS)
    for _ in range(count):
        key, kind = read_text(file, _LONGEST_TEXT), int(read_number(file, "I"))
        if kind == ARRAY:
            if not _skip_short(file):
                return
        else:
            yield key, _value(file, kind)


def _value(file: BinaryIO, kind: int) -> Value:
    if kind == STRING:
        return read_text(file, _LONGEST_TEXT)
    value: Value = read_number(file, NUMBERS[kind])
    return value


def _skip_short(file: BinaryIO) -> bool:
    """Go past a list; False where it is a long one."""
    kind, length = int(read_number(file, "I")), int(read_number(file, "Q"))
    if length > _LONGEST_LIST:
        return False
    for _ in range(length):
        _value(file, kind)
    return True
