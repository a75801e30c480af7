"""The program that quantizes: `python -m ghost_engine.export.quantizer SOURCE TARGET TYPE THREADS`.

It calls `llama_model_quantize` of the wheel's own library by ctypes, in a process that may crash.
Its settings are a struct that grows at its end from version to version: only its head is known
here, only that is touched, and it is looked at before anything is written, so that a library with
another head is refused. llama.cpp itself reports each tensor, on the error output.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from ghost_engine.inference.llamacpp.wheel import find_wheel

FILE_TYPES = {"f16": 1, "q8_0": 7, "q4_k_m": 15, "q5_k_m": 17, "q6_k": 18, "bf16": 32}
"""llama.cpp's numbers (`llama_ftype`)."""
FILE_TYPE = "general.file_type"
"""Where a GGUF says its own."""
REFUSED_STATUS = 3
"""The exit code when the library's settings do not look as they should."""

_DEFAULT_FILE_TYPES = (7, 9)  # q8_0; q5_1 in older ones
_TENSOR_TYPES = range(30, 128)  # "not set" is the number of types there are
_FLAGS = (0, 1, 0, 0, 0, 0)  # requantize, quantize the output, only copy, pure, keep split, dry run
_ROOM_BYTES = 1024


class _Settings(ctypes.Structure):
    """The head of `llama_model_quantize_params`, and room for a tail of any length."""

    _fields_ = (
        ("threads", ctypes.c_int32),
        ("file_type", ctypes.c_int32),
        ("output_type", ctypes.c_int32),
        ("embedding_type", ctypes.c_int32),
        ("flags", ctypes.c_uint8 * len(_FLAGS)),
        ("tail", ctypes.c_uint8 * _ROOM_BYTES),
    )


def quantize(source: str, target: str, file_type: int, threads: int) -> int:
    """Write `target`; 0 if it is whole, `REFUSED_STATUS` if this library is another one."""
    llama = ctypes.CDLL(str(find_wheel().llama))
    llama.llama_model_quantize_default_params.restype = _Settings
    settings = llama.llama_model_quantize_default_params()
    if strange := _strange(settings):
        sys.stderr.write(f"unknown settings: {strange}\n")
        return REFUSED_STATUS
    settings.threads, settings.file_type = threads, file_type
    llama.llama_backend_init()
    llama.llama_model_quantize.restype = ctypes.c_uint32
    status = llama.llama_model_quantize(source.encode(), target.encode(), ctypes.byref(settings))
    return 1 if status else 0


def _strange(settings: Any) -> str:
    """What is not as in the llama.cpp that this was written for; "" if all is."""
    head = (settings.threads, settings.file_type, settings.output_type, settings.embedding_type)
    usual = (
        head[0] == 0
        and head[1] in _DEFAULT_FILE_TYPES
        and head[2] in _TENSOR_TYPES
        and head[2] == head[3]
        and tuple(settings.flags) == _FLAGS
    )
    return "" if usual else f"{head}, {tuple(settings.flags)}"


def main() -> int:
    source, target, quant, threads = sys.argv[1:]
    return quantize(source, target, FILE_TYPES[quant], int(threads))


if __name__ == "__main__":
    sys.exit(main())
