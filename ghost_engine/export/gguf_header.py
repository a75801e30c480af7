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
from ghost_engine.inference.llamacpp.gguf_values import (
    ARRAY,
    BROKEN,
    NUMBERS,
    STRING,
    read_number,
    read_start,
    read_text,
)

_MOST = 1 << 24  # entries of one list, characters of one string: more is a broken file
_DEFAULT_ALIGNMENT = 32
_AGAIN = "Export the model again."


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
    except BROKEN as error:
        raise ExportError(f"{path.name} is no GGUF, or a broken one.", _AGAIN) from error
    for tensor in header.tensors:
        if tensor.offset + tensor.bytes > size:
            raise ExportError(f"{path.name} is cut off in the tensor {tensor.name}.", _AGAIN)
    return header


def _read(file: BinaryIO) -> GgufHeader:
    tensors, fields = read_start(file, _MOST)
    values = {read_text(file, _MOST): _value(file, read_number(file, "I")) for _ in range(fields)}
    infos = [_info(file) for _ in range(tensors)]
    alignment = int(values.get("general.alignment", _DEFAULT_ALIGNMENT))
    begin = -(-file.tell() // alignment) * alignment
    return GgufHeader(values, tuple(_placed(begin, *info) for info in infos))


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == STRING:
        return read_text(file, _MOST)
    if kind != ARRAY:
        return read_number(file, NUMBERS[kind])
    inner, length = read_number(file, "I"), read_number(file, "Q")
    if length > _MOST:
        raise ValueError("too long a list")
    if inner in NUMBERS:
        form = f"<{length}{NUMBERS[inner]}"
        return list(struct.unpack(form, file.read(struct.calcsize(form))))
    return [_value(file, inner) for _ in range(length)]


def _info(file: BinaryIO) -> tuple[str, tuple[int, ...], int, int]:
    name, dimensions = read_text(file, _MOST), read_number(file, "I")
    if dimensions > 8:
        raise ValueError("too many dimensions")
    shape = tuple(read_number(file, "Q") for _ in range(dimensions))
    return name, shape[::-1], read_number(file, "I"), read_number(file, "Q")


def _placed(begin: int, name: str, shape: tuple[int, ...], kind: int, offset: int) -> GgufTensor:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    form = GGMLQuantizationType(kind)
    block, size = GGML_QUANT_SIZES[form]
    return GgufTensor(name, shape, form.name, begin + offset, math.prod(shape) // block * size)
