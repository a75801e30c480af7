"""export.json: which files an export made, and how each of them was proven.

It stands beside the files and once more in the job's folder. It is written last: a folder without
it holds no finished export.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from ghost_engine.jobs.folder import read_json

FILE = "export.json"
Role = Literal["text", "mmproj", "modelfile", "merged"]


@dataclass(frozen=True, slots=True)
class Made:
    """One file. `path` is relative to export.json's folder; `part` a quantization, or ""."""

    role: Role
    path: str
    bytes: int
    sha256: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, in one file ("" is the whole). `value` is what was measured,
    `limit` what it may be; None where a yes or no says it."""

    name: str
    passed: bool
    file: str = ""
    value: float | None = None
    limit: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a file wrote about the picture it was proven with, and PostgreSQL's verdict on it."""

    file: str
    sql: str
    valid: bool | None
    error: str
    tokens: int
    tokens_per_second: float | None
    cut: bool  # the longest text was reached


@dataclass(frozen=True, slots=True)
class Export:
    """The whole document. `warnings` are sentences that have to be said wherever it is shown."""

    name: str
    run: str
    base: str
    files: tuple[Made, ...]
    checks: tuple[Check, ...]
    answers: tuple[Answer, ...] = ()
    warnings: tuple[str, ...] = ()
    dataset_sha256: str = ""
    licence: str = ""
    ollama: str = ""
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)  # phase -> seconds
    peak_rss_gib: float = 0.0  # anonymous memory (RssAnon) of the job's processes together
    high_water_bytes: int = 0  # on the disk of `out`, measured
    planned_bytes: int = 0  # announced before
    created: str = ""
    job: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def verified(self) -> bool:
        """Every check passed, and there were some."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        return {**asdict(self), "verified": self.verified}


def read_export(path: Path) -> Export | None:
    """An export.json, or the one in a folder; None if there is none that is whole."""
    document = read_json(path / FILE if path.is_dir() else path)
    if document is None:
        return None
    with suppress(KeyError, TypeError, ValueError):
        values = {name: value for name, value in document.items() if name != "verified"}
        values["files"] = tuple(Made(**each) for each in values["files"])
        values["checks"] = tuple(Check(**each) for each in values["checks"])
        values["answers"] = tuple(Answer(**each) for each in values.get("answers", ()))
        values["warnings"] = tuple(values.get("warnings", ()))
        return Export(**values)
    return None
