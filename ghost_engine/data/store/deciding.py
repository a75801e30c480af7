"""One decision at a time, against the version that its reviewer saw.

Reviews are only ever appended. Every change of an example's text or status raises its version, and
a save that names an older one is refused with both texts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ghost_engine.data.records import DECISIONS, Decision, Review, Verdict
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.effort import text_distance
from ghost_engine.data.store.reading import no_such_example, review_by_id
from ghost_engine.data.store.rows import (
    clean,
    keep_texts,
    text_bodies,
    verdict_values,
    write_problems,
)
from ghost_engine.data.store.tables import draft, example, review, suggestion, undo
from ghost_engine.errors import StaleExample, StoreError


def decide(
    database: Database,
    example_id: int,
    *,
    version: int,
    sql: str,
    decision: Decision,
    reviewer: str,
    seconds: float,
    note: str,
    verdict: Verdict | None,
    problems: Collection[str] | None,
) -> Review:
    """See `Store.decide`."""
    if decision not in DECISIONS:
        raise StoreError(f'"{decision}" is no decision.', f"Choose of {', '.join(DECISIONS)}.")
    sql, reviewer = clean(sql), clean(reviewer)

    def work(connection: Connection) -> Review:
        row = example_row(connection, example_id)
        if row.version != version:
            again = _said_already(connection, row, version, sql, decision, reviewer)
            if again is not None:
                return again
            raise _stale(connection, row, sql)
        said: dict[str, Any] = {"decision": decision, "reviewer": reviewer, "seconds": seconds}
        said |= {"note": clean(note), "created": database.clock()}
        review_id = append_review(connection, row, sql, said, verdict, problems)
        connection.execute(
            delete(draft).where(draft.c.example_id == example_id, draft.c.reviewer == reviewer)
        )
        return review_by_id(connection, review_id)

    return database.write(work)


def example_row(connection: Connection, example_id: int) -> Row[Any]:
    row = connection.execute(select(example).where(example.c.id == example_id)).first()
    if row is None:
        raise no_such_example(example_id)
    return row


def append_review(
    connection: Connection,
    row: Row[Any],
    sql: str,
    said: dict[str, Any],
    verdict: Verdict | None,
    problems: Collection[str] | None,
) -> int:
    """Append a review of the example in `row` and put its text in force; returns its id.

    `said` holds the columns that the reviewer fills. An unchanged text keeps its verdict and its
    problems where none are given; a changed one has none then.
    """
    text_id = keep_texts(connection, [sql])[sql]
    kept = _judged(connection, row) if text_id == row.text_id else {"verdict": None, "problems": []}
    judged = kept | ({"verdict": verdict_values(verdict)} if verdict is not None else {})
    judged |= {"problems": sorted(set(map(clean, problems)))} if problems is not None else {}
    values = said | judged | {"example_id": row.id, "text_id": text_id, "version": row.version + 1}
    values |= {"suggestion_id": row.suggestion_id, "distance": _distance(connection, row, sql)}
    review_id = connection.scalar(insert(review).values(values).returning(review.c.id))
    assert isinstance(review_id, int)
    change = update(example).where(example.c.id == row.id)
    connection.execute(
        change.values(
            version=row.version + 1,
            status=row.status if said["decision"] == "edited" else said["decision"],
            text_id=text_id,
            review_id=review_id,
            executes=judged["verdict"] and judged["verdict"]["executes"],
            updated=said["created"],
        )
    )
    write_problems(connection, {row.id: judged["problems"]})
    return review_id


def _judged(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """Verdict and problems of the text in force."""
    table, key = (review, row.review_id) if row.review_id else (suggestion, row.suggestion_id)
    query = select(table.c.verdict, table.c.problems).where(table.c.id == key)
    found = connection.execute(query).first()
    return dict(found._mapping) if found else {"verdict": None, "problems": []}


def _distance(connection: Connection, row: Row[Any], sql: str) -> float | None:
    query = select(suggestion.c.text_id).where(suggestion.c.id == row.suggestion_id)
    suggested = connection.scalar(query)
    if suggested is None:
        return None
    return text_distance(text_bodies(connection, [suggested])[suggested], sql)


def _said_already(
    connection: Connection, row: Row[Any], version: int, sql: str, decision: str, reviewer: str
) -> Review | None:
    """The same save a second time, after its answer got lost on the way: not stale, but done."""
    if row.review_id is None or row.version != version + 1:
        return None
    last = review_by_id(connection, row.review_id)
    same = (last.version, last.sql, last.decision, last.reviewer)
    return last if same == (version + 1, sql, decision, reviewer) else None


def _stale(connection: Connection, row: Row[Any], yours: str) -> StaleExample:
    theirs = text_bodies(connection, [row.text_id])[row.text_id] if row.text_id else ""
    saved_by, saved_at = _last_saved(connection, row)
    return StaleExample(
        row.id,
        yours=yours,
        theirs=theirs,
        version=row.version,
        saved_by=saved_by,
        saved_at=saved_at,
    )


def _last_saved(connection: Connection, row: Row[Any]) -> tuple[str, datetime]:
    """Who changed the example last: a reviewer, somebody who took a review back, or a provider."""
    mine = review.c.example_id == row.id
    queries = (
        select(review.c.reviewer, review.c.created).where(mine).order_by(review.c.id.desc()),
        select(undo.c.reviewer, undo.c.created)
        .join(review, review.c.id == undo.c.review_id)
        .where(mine)
        .order_by(undo.c.created.desc()),
        select(suggestion.c.provider, suggestion.c.created)
        .where(suggestion.c.example_id == row.id)
        .order_by(suggestion.c.id.desc()),
    )
    found = [connection.execute(query.limit(1)).first() for query in queries]
    events = [(event[0], event[1]) for event in found if event is not None]
    # Of events of one moment a person's counts: people come first in the list.
    return max(events, key=lambda event: event[1], default=("", row.updated))
