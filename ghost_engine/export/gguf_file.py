"""A GGUF written in one pass: settings and places first, then the tensors, a slice at a time.

The file stands under its own name only when it is whole and on the disk; until then it is
`NAME.tmp`. Whatever ends the writing early, an unfinished file is never taken for a finished one.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ghost_engine.errors import Cancelled, ExportError
from ghost_engine.export.tensors import ALIGNMENT, Planned, padded
from ghost_engine.jobs.folder import FULL

Tell = Callable[[int, int, str], None]
Stop = Callable[[], bool]
SLICE_BYTES = 2**26


def write_gguf(
    target: Path,
    header: Any,
    planned: Sequence[Planned],
    data: Callable[[Planned], Any],
    tell: Tell,
    stop: Stop,
) -> None:
    """Write a file, whole or not at all.

    Args:
        target: its name; replaced if it is there.
        header: a `gguf.GGUFWriter` that has all settings, and no file yet.
        planned: the tensors, in order.
        data: gives a tensor's values, of any floating type, in its shape.
        tell: told after each tensor.
        stop: asked before each slice.

    Raises:
        ExportError: it cannot be written; a full disk is the cause where it is one.
        Cancelled: `stop` said so.
    """
    head = _head(header, planned)
    with finishing(target) as partial:
        with partial.open("wb") as stream:
            stream.write(head)
            for number, each in enumerate(planned, 1):
                written = 0
                for some in slices(data(each), each.type):
                    ask(stop)
                    written += stream.write(some)
                stream.write(bytes(padded(written) - written))
                if written != each.bytes:
                    raise ExportError(f"{each.name} has {written:,} bytes, not {each.bytes:,}.")
                tell(number, len(planned), each.name)


def _head(header: Any, planned: Sequence[Planned]) -> bytes:
    """All that stands before the first tensor; made in memory, some 10 MB."""
    import gguf
    import numpy

    plain = numpy.dtype(numpy.float32)  # only a name here: raw_dtype and bytes decide
    for each in planned:
        kind = gguf.GGMLQuantizationType[each.type]
        header.add_tensor_info(each.name, each.shape, plain, each.bytes, raw_dtype=kind)
    made = io.BytesIO()
    header.fout, header.state = [made], gguf.gguf_writer.WriterState.EMPTY
    header.write_header_to_file()
    header.write_kv_data_to_file()
    header.write_ti_data_to_file()
    return made.getvalue() + bytes(-made.tell() % ALIGNMENT)


@contextmanager
def finishing(target: Path) -> Iterator[Path]:
    """The name to write a file or a folder under; at the end it is flushed and takes its own name.
    A file has to be closed by then; what a folder holds has to be flushed.

    Raises:
        ExportError: it cannot be written; a full disk is the cause where it is one.
    """
    partial = target.with_name(f"{target.name}.tmp")
    try:
        yield partial
        flush(partial)
        if target.is_dir():
            remove(target)
        partial.replace(target)
        flush(target.parent)
    except OSError as error:
        with suppress(OSError):
            remove(partial)
        said = "the disk is full" if error.errno in FULL else str(error.strerror or error)
        raise ExportError(
            f"{target} cannot be written: {said}.",
            "Free some space, or name another folder; then resume.",
        ) from error
    except BaseException:
        with suppress(OSError):
            remove(partial)
        raise


def remove(path: Path) -> None:
    """A file or a folder goes, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Bring a file, or the names in a folder, onto the disk."""
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def ask(stop: Stop) -> None:
    """Raises Cancelled if the work is to end."""
    if stop():
        raise Cancelled("The export was stopped.", "Resume it to go on.")


def slices(tensor: Any, kind: str) -> Iterator[memoryview]:
    """A tensor's bytes in a GGUF type of 16 or 32 bits, some rows at a time.

    What has that type already goes through as it is, without a copy in memory.
    """
    import torch

    wanted = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[kind]
    flat = tensor.detach().reshape(-1)
    step = SLICE_BYTES // 4
    for begin in range(0, flat.numel(), step):
        some = flat[begin : begin + step].to(wanted).contiguous()
        yield memoryview(some.view(torch.uint8).numpy())
