"""Many examples at once: decide all that match, correct many texts, and take such a batch back.

Each is one transaction: all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    update,
)

from ghost_engine.data.records import Batch, Decision, Edit, Filters, Undone
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.deciding import append_review, example_row
from ghost_engine.data.store.queue import matching
from ghost_engine.data.store.rows import clean, in_parts, keep_texts, write_problems
from ghost_engine.data.store.tables import Moment, batch, example, review, suggestion, undo
from ghost_engine.errors import StoreError


def decide_many(
    database: Database, filters: Filters, decision: Decision, reviewer: str, note: str
) -> Batch:
    """See `Store.decide_many`."""
    if decision == "edited":
        raise StoreError("A bulk decision needs a status.", "Use edit_many to correct texts.")
    now = database.clock()
    said = {"decision": decision, "reviewer": clean(reviewer), "note": clean(note)}
    chosen = [*matching(database, filters), example.c.status != decision]
    if decision == "approved":
        chosen.append(example.c.text_id.is_not(None))

    def work(connection: Connection) -> Batch:
        empty = keep_texts(connection, [""])[""]
        batch_id = _open_batch(connection, said, now)
        reviewed = example.c.review_id.is_not(None)
        began = case((reviewed, review.c.suggestion_id), else_=example.c.suggestion_id)
        values: dict[str, Any] = {
            "example_id": example.c.id,
            "batch_id": literal(batch_id),
            "suggestion_id": began,
            "text_id": func.coalesce(example.c.text_id, empty),
            **{name: literal(value) for name, value in said.items()},
            "seconds": literal(0.0),
            "version": example.c.version + 1,
            "verdict": case((reviewed, review.c.verdict), else_=suggestion.c.verdict),
            "problems": func.coalesce(review.c.problems, suggestion.c.problems, literal("[]")),
            "distance": case((reviewed, review.c.distance), else_=literal(0.0)),
            "created": literal(now, Moment),
        }
        rows = (
            select(*(value.label(name) for name, value in values.items()))
            .select_from(example)
            .outerjoin(review, review.c.id == example.c.review_id)
            .outerjoin(suggestion, suggestion.c.id == example.c.suggestion_id)
            .where(*chosen)
        )
        connection.execute(insert(review).from_select(list(values), rows))
        connection.execute(
            update(example)
            .where(review.c.batch_id == batch_id, review.c.example_id == example.c.id)
            .values(
                status=decision,
                version=review.c.version,
                review_id=review.c.id,
                text_id=review.c.text_id,
                updated=now,
            )
        )
        mine = select(func.count()).select_from(review).where(review.c.batch_id == batch_id)
        return Batch(batch_id, connection.scalar(mine) or 0)

    return database.write(work)


def edit_many(database: Database, edits: Iterable[Edit], reviewer: str, note: str) -> Batch:
    """See `Store.edit_many`."""
    now = database.clock()
    said = {"decision": "edited", "reviewer": clean(reviewer), "note": clean(note)}

    def work(connection: Connection) -> Batch:
        batch_id = _open_batch(connection, said, now)
        values = said | {"batch_id": batch_id, "seconds": 0.0, "created": now}
        count, stale = 0, []
        for edit in edits:
            row = example_row(connection, edit.example_id)
            if row.version != edit.version:
                stale.append(edit.example_id)
                continue
            append_review(connection, row, clean(edit.sql), values, edit.verdict, edit.problems)
            count += 1
        return Batch(batch_id, count, tuple(stale))

    return database.write(work)


def take_back(
    database: Database, reviewer: str, review_id: int | None, batch_id: int | None
) -> Undone:
    """See `Store.undo`."""
    if (review_id is None) == (batch_id is None):
        raise StoreError("An undo takes either a review or a batch.")
    now = database.clock()
    wanted = review.c.id == review_id if batch_id is None else review.c.batch_id == batch_id

    def work(connection: Connection) -> Undone:
        standing = select(review.c.id, review.c.example_id, example.c.review_id, example.c.version)
        standing = standing.join(example, example.c.id == review.c.example_id)
        standing = standing.outerjoin(undo, undo.c.review_id == review.c.id)
        rows = connection.execute(standing.where(wanted, undo.c.review_id.is_(None))).all()
        last = [row for row in rows if row.review_id == row.id]
        kept = tuple(row.example_id for row in rows if row.review_id != row.id)
        for part in in_parts(last):
            marks = [{"review_id": row.id, "reviewer": reviewer, "created": now} for row in part]
            connection.execute(insert(undo), marks)
            _restore(connection, [row.example_id for row in part], now)
        return Undone(len(last), kept)

    return database.write(work)


def _open_batch(connection: Connection, said: dict[str, str], now: datetime) -> int:
    values = {**said, "created": now}
    batch_id = connection.scalar(insert(batch).values(values).returning(batch.c.id))
    return int(batch_id or 0)


def _restore(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Put in force what stands of these examples' history: the newest review, else suggestion."""
    query = select(review).outerjoin(undo, undo.c.review_id == review.c.id)
    query = query.where(review.c.example_id.in_(ids), undo.c.review_id.is_(None))
    texts: dict[int, Any] = {}
    statuses: dict[int, str] = {}
    for row in connection.execute(query.order_by(review.c.id)):
        texts[row.example_id] = row
        if row.decision != "edited":
            statuses[row.example_id] = row.decision
    reviews = {example_id: row.id for example_id, row in texts.items()}
    suggested = select(suggestion).join(example, example.c.suggestion_id == suggestion.c.id)
    for row in connection.execute(suggested.where(example.c.id.in_(ids))):
        texts.setdefault(row.example_id, row)
    connection.execute(
        update(example)
        .where(example.c.id == bindparam("this"))
        .values(
            version=example.c.version + 1,
            status=bindparam("decided"),
            text_id=bindparam("text"),
            review_id=bindparam("by"),
            executes=bindparam("runs"),
            updated=now,
        ),
        [
            {"this": example_id, "decided": statuses.get(example_id, "new")}
            | {"by": reviews.get(example_id)}
            | _in_force(texts.get(example_id))
            for example_id in ids
        ],
    )
    write_problems(connection, {key: row.problems for key, row in texts.items()})


def _in_force(row: Any) -> dict[str, Any]:
    if row is None:
        return {"text": None, "runs": None}
    return {"text": row.text_id, "runs": row.verdict and row.verdict["executes"]}
