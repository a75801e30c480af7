"""What the store knows of pictures and texts already, so that an import need not find it out again.

Only a short cut: whoever adds rows (`adding`) looks for itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from ghost_engine.data.records import Verdict
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.rows import in_parts, read_verdict
from ghost_engine.data.store.tables import example, review, screenshot, suggestion, wording

Verdicts = dict[str, Verdict]


def known_verdicts(database: Database, keys: Collection[str]) -> dict[str, Verdicts]:
    """Of these screenshots, those that are there and measured, and the verdicts on their texts.

    Returns:
        For each key, the verdict by the SHA-256 of the text; texts nobody judged are left out.
    """
    found: dict[str, Verdicts] = {}
    with database.reading() as connection:
        for part in in_parts(sorted(set(keys))):
            measured = or_(screenshot.c.missing, screenshot.c.perceptual_hash != "")
            query = select(screenshot.c.key).where(screenshot.c.key.in_(part), measured)
            found |= {row.key: {} for row in connection.execute(query)}
            for kind in (suggestion, review):
                _read(connection, _judged(kind, part), found)
    return found


def _judged(kind: Any, keys: Collection[str]) -> Select[Any]:
    return (
        select(example.c.screenshot_key, wording.c.hash, kind.c.verdict)
        .join(kind, kind.c.example_id == example.c.id)
        .join(wording, wording.c.id == kind.c.text_id)
        .where(example.c.screenshot_key.in_(keys), kind.c.verdict.is_not(None))
    )


def _read(connection: Connection, query: Select[Any], found: dict[str, Verdicts]) -> None:
    for row in connection.execute(query):
        verdict = read_verdict(row.verdict)
        if verdict is not None and row.screenshot_key in found:
            found[row.screenshot_key][row.hash] = verdict
