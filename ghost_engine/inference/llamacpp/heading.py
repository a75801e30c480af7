"""What a GGUF file says of itself at its very beginning, read in a millisecond.

Reading ends where the vocabulary begins: sizes, architecture and the kind of tokenizer stand before
it. Whether the rest of the file is whole, llama.cpp says when it loads it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ghost_engine.errors import EngineError

VISION = "clip"
"""The architecture that files of a vision part have."""

_NUMBERS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_MOST_FIELDS = 1 << 16
_LONGEST_TEXT = 1 << 20  # bytes; chat templates have some thousand
_LONGEST_LIST = 1 << 12  # longer ones are the vocabulary's
_BROKEN = (struct.error, ValueError, KeyError, OverflowError)

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
    except _BROKEN as error:
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
    if file.read(4) != b"GGUF" or _number(file, "I") not in (2, 3):
        raise ValueError("another format")
    _number(file, "Q")  # tensors
    count = int(_number(file, "Q"))
    if count > _MOST_FIELDS:
        raise ValueError("too many fields")
    for _ in range(count):
        key, kind = _text(file), int(_number(file, "I"))
        if kind == _ARRAY:
            if not _skip_short(file):
                return
        else:
            yield key, _value(file, kind)


def _value(file: BinaryIO, kind: int) -> Value:
    return _text(file) if kind == _STRING else _number(file, _NUMBERS[kind])


def _number(file: BinaryIO, letter: str) -> int | float | bool:
    form = f"<{letter}"
    value: int | float | bool = struct.unpack(form, file.read(struct.calcsize(form)))[0]
    return value


def _text(file: BinaryIO) -> str:
    length = int(_number(file, "Q"))
    if length > _LONGEST_TEXT:
        raise ValueError("too long a text")
    data = file.read(length)
    if len(data) != length:
        raise ValueError("cut off")
    return data.decode(errors="replace")


def _skip_short(file: BinaryIO) -> bool:
    """Go past a list; False where it is a long one."""
    kind, length = int(_number(file, "I")), int(_number(file, "Q"))
    if length > _LONGEST_LIST:
        return False
    for _ in range(length):
        _value(file, kind)
    return True
