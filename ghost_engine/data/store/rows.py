"""Rows into records and back: the pieces that adding, deciding and reading share."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Connection, Integer, cast, delete, func, insert, select

from ghost_engine.data.records import Screenshot, Verdict
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.tables import canonical, problem, wording

_PICTURE = tuple(each.name for each in fields(Screenshot))
PART = 500  # rows a statement: below every limit on parameters, few enough to keep in memory
Item = TypeVar("Item")


def in_parts(items: Sequence[Item], size: int = PART) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def clean(value: str) -> str:
    """Text that both databases can hold: no NUL, no half of a surrogate pair."""
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    return (
        value
        if value.isascii()
        else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def keep_texts(connection: Connection, bodies: Iterable[str]) -> dict[str, int]:
    """The id of each text; new ones are written."""
    digests = {hashlib.sha256(body.encode("utf-8")).hexdigest(): body for body in bodies}
    ids: dict[str, int] = {}
    for part in in_parts(list(digests)):
        fresh = set(part) - _find(connection, part, digests, ids)
        if fresh:
            rows = [{"hash": digest, "body": digests[digest]} for digest in part if digest in fresh]
            connection.execute(insert(wording), rows)
            _find(connection, list(fresh), digests, ids)
    return ids


def _find(
    connection: Connection, part: Sequence[str], digests: dict[str, str], ids: dict[str, int]
) -> set[str]:
    query = select(wording.c.hash, wording.c.id).where(wording.c.hash.in_(part))
    found = {row.hash: row.id for row in connection.execute(query)}
    ids.update({digests[digest]: text_id for digest, text_id in found.items()})
    return set(found)


def text_bodies(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    bodies: dict[int, str] = {}
    for part in in_parts(sorted(ids)):
        query = select(wording.c.id, wording.c.body).where(wording.c.id.in_(part))
        bodies.update({row.id: row.body for row in connection.execute(query)})
    return bodies


def among(
    database: Database, column: ColumnElement[int], ids: Sequence[int]
) -> ColumnElement[bool]:
    """`column IN ids` as one parameter, however many there are."""
    if database.is_sqlite:
        return column.in_(
            select(func.json_each(canonical(list(ids))).table_valued("value").c.value)
        )
    return column == func.any(cast(list(ids), ARRAY(Integer)))


def write_problems(
    connection: Connection, found: Mapping[int, Collection[str]], checked: bool = False
) -> None:
    """Replace the problems of each example's text, or those `checked` over the store."""
    for part in in_parts(list(found)):
        connection.execute(
            delete(problem).where(problem.c.example_id.in_(part), problem.c.checked.is_(checked))
        )
        rows = [
            {"code": code, "example_id": example_id, "checked": checked}
            for example_id in part
            for code in sorted(set(found[example_id]))
        ]
        if rows:
            connection.execute(insert(problem), rows)


def problem_codes(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The distinct problem codes of these examples (at most `PART`), sorted."""
    query = (
        select(problem.c.example_id, problem.c.code)
        .where(problem.c.example_id.in_(ids))
        .distinct()
        .order_by(problem.c.example_id)
    )
    codes: dict[int, list[str]] = {}
    for row in connection.execute(query):
        codes.setdefault(row.example_id, []).append(row.code)
    return {example_id: tuple(sorted(found)) for example_id, found in codes.items()}


def screenshot_values(screenshot: Screenshot) -> dict[str, Any]:
    values = {name: getattr(screenshot, name) for name in _PICTURE}
    return {
        name: clean(value) if isinstance(value, str) else value for name, value in values.items()
    }


def verdict_values(verdict: Verdict | None) -> dict[str, Any] | None:
    return None if verdict is None else asdict(verdict)


def read_verdict(values: dict[str, Any] | None) -> Verdict | None:
    return None if values is None else Verdict(**values)
