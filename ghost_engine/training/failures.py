"""What a failed training run died of, in the words of the person who started it.

`classify` takes the error that the worker or its supervisor left and gives it a type of `TYPES`, a
message and the next step. What our own code says keeps its words; texts of libraries and the last
lines of a crash go through the rules of `failures.toml`. A rule may stay silent: a wrong hint is
worse than none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ghost_engine.jobs.records import RunError

OUT_OF_MEMORY = "out_of_memory"
TYPES = (
    OUT_OF_MEMORY,
    *("host_memory", "disk_full", "data", "config", "driver", "missing_package"),
    *("base_model_unreachable", "bad_base_model", "diverged", "interrupted", "unknown"),
)
_ENDED = ("killed", "crashed")
"""What the supervisor says of a worker that left no word."""
_OURS = {"DatasetError": "data", "ImageError": "data", "FileError": "data", "ConfigError": "config"}
_OWN_WORDS = (*_OURS, "TrainingError", "SandboxError", "SettingsError", "JobError", "GhostError")
_LINES = 12
"""How many of a crash's last lines are believed to be about it."""
_HOST_MEMORY_HINT = (
    "Most often the machine ran out of memory (`dmesg | grep -i oom` says so): close other"
    " programs, set workers=0 or take a larger machine, then resume."
)
_UNKNOWN_HINT = "The log has the whole story (`ghost runs show`); resume to try again."
_SIGNALS = {2: "SIGINT", 9: "SIGKILL", 15: "SIGTERM"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Says `type`, `said` and `hint` where `match` is found."""

    type: str
    match: re.Pattern[str]
    said: str
    hint: str


def classify(error: RunError, *, base_model: str = "") -> RunError:
    """The error with a type of `TYPES`, a message and a hint.

    Args:
        error: as the worker or the supervisor left it: `details` may hold `exit_code` and `log`,
            the last lines of a worker that left no word.
        base_model: the configured model, for messages.

    Returns:
        The same error if it has such a type already. Otherwise the library's own words stay in
        `details["said"]`.
    """
    if error.type in TYPES:
        return error
    if error.type in _ENDED:
        return _of_end(error, base_model)
    if error.type in _OWN_WORDS:
        return _of_our_own(error)
    found = _find([error.message], base_model)
    return _told(error, found) if found else replace(error, type="unknown", hint=_UNKNOWN_HINT)


def _of_end(error: RunError, base_model: str) -> RunError:
    """A worker that left no word: its last lines speak, then the way it ended."""
    code = error.details.get("exit_code")
    if isinstance(code, int) and code in (-2, -15):
        said = f"The worker was ended by {_SIGNALS[-code]}."
        return replace(error, type="interrupted", message=said, hint="Resume to go on.")
    if error.type == "killed" or code == -9:
        said = "The worker was killed from outside (signal 9)."
        return replace(error, type="host_memory", message=said, hint=_HOST_MEMORY_HINT)
    lines = [str(line) for line in error.details.get("log", ())][-_LINES:]
    found = _find(reversed(lines), base_model)
    return _told(error, found) if found else replace(error, type="unknown", hint=_UNKNOWN_HINT)


def _of_our_own(error: RunError) -> RunError:
    """An error that was raised on purpose says best itself what to do; only its type is found."""
    found = _find([error.message], "")
    kind = _OURS.get(error.type) or (found.type if found else "unknown")
    return replace(error, type=kind)


def _told(error: RunError, found: Rule) -> RunError:
    details = {**error.details, "said": error.message}
    return RunError(found.type, found.said or error.message, found.hint or _UNKNOWN_HINT, details)


def _find(texts: Iterable[str], base_model: str) -> Rule | None:
    """The first rule that speaks to the first of these texts that any rule speaks to."""
    for text in texts:
        for rule in _rules():
            found = rule.match.search(text)
            if found:
                words = _words(found, base_model)
                return replace(
                    rule, said=rule.said.format_map(words), hint=rule.hint.format_map(words)
                )
    return None


def _words(found: re.Match[str], base_model: str) -> dict[str, Any]:
    """What the braces stand for; groups that end in a digit are other spellings of one name."""
    named = {key.rstrip("0123456789"): value for key, value in found.groupdict().items() if value}
    return {"base_model": base_model or "the base model", **named}


@lru_cache(maxsize=1)
def _rules() -> Sequence[Rule]:
    text = Path(__file__).with_name("failures.toml").read_text("utf-8")
    rows = tomllib.loads(text)["failure"]
    flags = re.IGNORECASE | re.DOTALL
    return tuple(
        Rule(
            row["type"],
            re.compile(row["match"], flags),
            row.get("said", ""),
            row.get("hint", ""),
        )
        for row in rows
    )
