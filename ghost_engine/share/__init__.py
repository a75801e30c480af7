"""A result as one HTML file that anyone can open: `share_html(result, pictures, samples)`.

Everything is inside the file and escaped; a content security policy forbids every outside request
and every script but the one below, named by its hash. Nothing is read from disk but the template.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from string import Template

from ghost_engine.data.images import Picture
from ghost_engine.inference.protocol import Result
from ghost_engine.share.parts import (
    clean,
    column_table,
    diagram,
    escaped,
    problems,
    sample_tables,
    screenshots,
    sql_text,
    verdict_chip,
)
from ghost_engine.sql.samples import Samples

__all__ = ["share_html"]


def share_html(result: Result, pictures: Sequence[Picture], samples: Samples | None = None) -> str:
    """The self-contained page.

    Args:
        result: what an engine drafted, and its verdict.
        pictures: the screenshots it came from, in the order the engine saw them.
        samples: rows to show; None leaves that part out.
    """
    script = _file("page.js")
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    return Template(_file("page.html")).substitute(
        policy=policy,
        title=escaped(_title(result, pictures)),
        style=_file("page.css"),
        verdict=verdict_chip(result.report),
        facts=escaped(" · ".join(_facts(result))),
        body="\n".join(part for part in _parts(result, pictures, samples) if part),
        footer="Made with Ghost Architect. This page loads nothing from anywhere.",
        script=script,
    )


def _parts(result: Result, pictures: Sequence[Picture], samples: Samples | None) -> list[str]:
    shots, columns = screenshots(pictures, result.columns), column_table(result.columns)
    return [
        problems(result),
        f'<div class="pair">{shots}{columns}</div>' if shots and columns else shots + columns,
        diagram(result.report),
        sql_text(result.report.sql if result.report else result.sql),
        sample_tables(samples) if samples else "",
    ]


def _title(result: Result, pictures: Sequence[Picture]) -> str:
    tables = result.tables
    if len(tables) > 4:
        return f"Schema of {', '.join(tables[:3])} and {len(tables) - 3} more tables"
    if tables:
        return f"Schema of {', '.join(tables)}"
    return f"Schema drafted from {pictures[0].name}" if pictures else "Schema draft"


def _facts(result: Result) -> list[str]:
    model = f"{result.title} ({result.model})" if result.model else result.title
    prompt = f"prompt {result.prompt_version}" if result.prompt_version else ""
    seconds = f"{result.seconds:.1f} s" if result.seconds else ""
    return [clean(fact) for fact in (model, result.note, prompt, seconds) if fact]


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@lru_cache(maxsize=8)
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
