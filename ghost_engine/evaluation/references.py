"""The references of a pairs file as schemas: judged once, then kept beside the predictions."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ghost_engine
from ghost_engine.data.pairs import Pair
from ghost_engine.sql import Report, Schema, check
from ghost_engine.sql.script import read_script

FILE_NAME = "references.json"
_CHECKS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as PostgreSQL's catalog has it, or the `problem` why it cannot be one."""

    schema: Schema
    problem: str = ""


def judge_references(pairs: Sequence[Pair], folder: Path) -> dict[str, Reference]:
    """The reference of each pair by its id; those judged before are read from `folder`.

    Raises:
        SandboxError: no PostgreSQL can be had to judge the others.
    """
    known = _read(folder / FILE_NAME)
    scripts = {_digest(pair.sql): pair.sql for pair in pairs}
    missing = {digest: sql for digest, sql in scripts.items() if digest not in known}
    if missing:
        with ThreadPoolExecutor(_CHECKS_AT_ONCE) as pool:
            known |= dict(zip(missing, pool.map(_judge, missing.values()), strict=True))
        _write(folder / FILE_NAME, known)
    return {pair.id: known[_digest(pair.sql)] for pair in pairs}


def _judge(sql: str) -> Reference:
    report = check(sql)
    if report.valid or not read_script(sql).statements:
        return Reference(report.schema)
    return Reference(Schema(), _problem(report))


def _problem(report: Report) -> str:
    first = report.errors[0] if report.errors else None
    return f"line {first.line}: {first.message}" if first else "it does not run here"


def _digest(sql: str) -> str:
    """Of the script and the judge: another version may read the catalog in another way."""
    text = f"{ghost_engine.__version__}\n{sql}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> dict[str, Reference]:
    """What is kept there; a file of another form is only a cache and is made again."""
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return {
            digest: Reference(Schema.from_dict(item["schema"]), item["problem"])
            for digest, item in content.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write(path: Path, references: dict[str, Reference]) -> None:
    content = {
        digest: {"schema": item.schema.to_dict(), "problem": item.problem}
        for digest, item in references.items()
    }
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(content), "utf-8")
    partial.replace(path)
