"""A BF16 GGUF becomes a smaller one, by llama.cpp's own quantizer in a child process.

The target has its name only when it is whole and on the disk. A native abort of the child is an
`ExportError` here, and cancelling kills it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from ghost_engine.cores import usable_cores
from ghost_engine.errors import EngineError, ExportError
from ghost_engine.export.config import Quant
from ghost_engine.export.gguf_header import read_gguf
from ghost_engine.export.quantizer import FILE_TYPE, FILE_TYPES, REFUSED_STATUS
from ghost_engine.inference.llamacpp.ends import last_trouble, reason
from ghost_engine.inference.llamacpp.process import (
    Ended,
    python_environment,
    python_program,
    run_program,
)
from ghost_engine.inference.llamacpp.wheel import Wheel, find_wheel

Tell = Callable[[int, int, str], None]
Stop = Callable[[], bool]
_TENSOR = re.compile(r"^\[ *(\d+)/ *(\d+)\] +(\S+)")
_FULL_BYTES = 64 << 20


def quantize(
    source: Path,
    target: Path,
    quant: Quant,
    tell: Tell,
    stop: Stop,
    *,
    threads: int | None = None,
) -> None:
    """Write `target`, replacing what has its name; nothing, if the work does not come to its end.

    Args:
        source: a BF16 GGUF of a text model.
        target: the file to write; `X.tmp` beside it while it grows.
        quant: the form; not "bf16", which is the source itself.
        tell: gets tensors done, tensors in all, and the last one's name.
        stop: asked ten times a second.
        threads: of the processor; all that may be used if None.

    Raises:
        ExportError: llama.cpp is not here, is another one, refused or crashed; or the disk is full.
        Cancelled: `stop` said yes.
    """
    if quant == "bf16":
        raise ExportError("A BF16 file is not quantized: it is the source.")
    wheel = _find()
    partial = target.with_name(f"{target.name}.tmp")
    command = python_program(
        "ghost_engine.export.quantizer",
        *(str(source), str(partial), quant, str(threads or usable_cores())),
    )
    environment = python_environment(wheel.environment())
    try:
        ended = run_program(command, environment, lambda line: _tell(line, tell), stop)
        if ended.code:
            raise _failure(ended, target, quant, wheel)
        _check(partial, source, quant)
        _put(partial, target)
    except OSError as error:
        raise ExportError(
            f"{target.name} cannot be written: {error.strerror or error}.",
            "Check the folder and the space on its disk.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _find() -> Wheel:
    try:
        return find_wheel()
    except EngineError as error:
        raise ExportError(error.message, error.hint) from error


def _tell(line: str, tell: Tell) -> None:
    if found := _TENSOR.match(line):
        tell(int(found[1]), int(found[2]), found[3])


def _failure(ended: Ended, target: Path, quant: Quant, wheel: Wheel) -> ExportError:
    """Why the child ended, with the disk's fullness as the cause where that was it."""
    what = f"Quantizing to {quant} failed"
    if ended.code == REFUSED_STATUS:
        return ExportError(
            f"{what}: llama.cpp {wheel.version} has other settings than this program knows.",
            "Install the one that belongs to it: `pip install -r requirements-export.txt`.",
        )
    said, hint = reason(ended.words)
    if "iostream error" in ended.words and shutil.disk_usage(target.parent).free < _FULL_BYTES:
        full = ExportError(f"{what}: the disk is full.", "Free some space, then resume.")
        full.__cause__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        return full
    if not said:
        quoted = last_trouble(ended.words)
        said = f"llama.cpp ended {ended.how}" + (f" ({quoted})" if quoted else "")
    return ExportError(f"{what}: {said[0].lower()}{said[1:]}.", hint or "Resume to try again.")


def _check(partial: Path, source: Path, quant: Quant) -> None:
    """What was written has the source's tensors and says that it is of the form asked for."""
    made, given = read_gguf(partial), read_gguf(source)
    same = {(each.name, each.shape) for each in made.tensors} == {
        (each.name, each.shape) for each in given.tensors
    }
    if not same or made.fields.get(FILE_TYPE) != FILE_TYPES[quant]:
        raise ExportError(
            f"Quantizing to {quant} left another file than was asked for.", "Resume to try again."
        )


def _put(partial: Path, target: Path) -> None:
    """Onto the disk, then under its name."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
