"""What stands at the head of a GGUF file: its metadata, and which tensors lie where.

The format's own reader needs ten seconds and 700 MB for a vocabulary of 262,208 tokens; this one
reads the same in a tenth of a second and looks at no tensor. It promises that every tensor lies
inside the file, not what is in it.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ghost_engine.errors import ExportError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_NUMBERS = dict(zip((*range(8), 10, 11, 12), "BbHhIif?Qqd", strict=True))
_MOST = 1 << 24  # entries of one list, characters of one string: more is a broken file
_DEFAULT_ALIGNMENT = 32
_AGAIN = "Export the model again."
_BROKEN = (struct.error, ValueError, LookupError, TypeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """One tensor: its `shape` as torch would say it (rows first), `type` as in "BF16", "Q4_K";
    `offset` counts from the beginning of the file."""

    name: str
    shape: tuple[int, ...]
    type: str
    offset: int
    bytes: int


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """`fields` are numbers, texts and lists by their keys."""

    fields: dict[str, Any]
    tensors: tuple[GgufTensor, ...]


def read_gguf(path: Path) -> GgufHeader:
    """The head of a GGUF file.

    Raises:
        ExportError: it is none, it is cut off, or it is broken.
    """
    try:
        with path.open("rb") as file:
            header = _read(file)
            size = path.stat().st_size
    except OSError as error:
        raise ExportError(f"{path.name} cannot be read: {error.strerror}.") from error
    except _BROKEN as error:
        raise ExportError(f"{path.name} is no GGUF, or a broken one.", _AGAIN) from error
    for tensor in header.tensors:
        if tensor.offset + tensor.bytes > size:
            raise ExportError(f"{path.name} is cut off in the tensor {tensor.name}.", _AGAIN)
    return header


def _read(file: BinaryIO) -> GgufHeader:
    if file.read(4) != _MAGIC or _number(file, "I") not in _VERSIONS:
        raise ValueError("another format")
    tensors, fields = _number(file, "Q"), _number(file, "Q")
    if max(tensors, fields) > _MOST:
        raise ValueError("too many")
    values = {_string(file): _value(file, _number(file, "I")) for _ in range(fields)}
    infos = [_info(file) for _ in range(tensors)]
    alignment = int(values.get("general.alignment", _DEFAULT_ALIGNMENT))
    begin = -(-file.tell() // alignment) * alignment
    return GgufHeader(values, tuple(_placed(begin, *info) for info in infos))


def _number(file: BinaryIO, letter: str) -> Any:
    form = f"<{letter}"
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _string(file: BinaryIO) -> str:
    length = _number(file, "Q")
    data = file.read(length) if length <= _MOST else b""
    if len(data) != length:
        raise ValueError("cut off")
    return data.decode(errors="replace")


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _string(file)
    if kind != _ARRAY:
        return _number(file, _NUMBERS[kind])
    inner, length = _number(file, "I"), _number(file, "Q")
    if length > _MOST:
        raise ValueError("too long a list")
    if inner in _NUMBERS:
        form = f"<{length}{_NUMBERS[inner]}"
        return list(struct.unpack(form, file.read(struct.calcsize(form))))
    return [_value(file, inner) for _ in range(length)]


def _info(file: BinaryIO) -> tuple[str, tuple[int, ...], int, int]:
    name, dimensions = _string(file), _number(file, "I")
    if dimensions > 8:
        raise ValueError("too many dimensions")
    shape = tuple(_number(file, "Q") for _ in range(dimensions))
    return name, shape[::-1], _number(file, "I"), _number(file, "Q")


def _placed(begin: int, name: str, shape: tuple[int, ...], kind: int, offset: int) -> GgufTensor:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    form = GGMLQuantizationType(kind)
    block, size = GGML_QUANT_SIZES[form]
    return GgufTensor(name, shape, form.name, begin + offset, math.prod(shape) // block * size)
