"""Which engine is asked, told apart well enough to know whether an old answer is still its own."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path

from ghost_engine.evaluation.predictions import Identity
from ghost_engine.inference.protocol import Engine

_SOURCES = ("*.py", "*.toml", "*.txt")


def identify(engine: Engine) -> Identity:
    """The engine's name, and its `model` and `prompt_version` where it has such attributes.

    Without a model the rules are the engine: then `version` is a digest of their sources, so that
    answers of other rules are not taken for answers of these.
    """
    model = getattr(engine, "model", None)
    prompt_version = getattr(engine, "prompt_version", None)
    version = "" if model else _rules_digest(type(engine))
    return Identity(engine.name, model, prompt_version, version)


def _rules_digest(kind: type) -> str:
    """Of all sources in the folder of the engine's class; "" where there are none to read."""
    try:
        folder = Path(inspect.getfile(kind)).parent
    except (OSError, TypeError):
        return ""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in folder.glob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
