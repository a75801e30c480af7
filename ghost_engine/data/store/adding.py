"""Adding examples and suggestions: the same rows twice change nothing the second time.

A row is known by its picture, its text and its provider. A new text for a known picture is one more
suggestion; what the store does not know of a picture yet (its domain, its licence) is filled in,
what it knows is left. A decided example keeps its text whatever is suggested later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from ghost_engine.data.records import FROM_FILE, Added, NewExample, NewSuggestion, Outcome
from ghost_engine.data.store.arrivals import FILLED, Arrival, receive
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.effort import predict_effort, text_distance
from ghost_engine.data.store.rows import (
    clean,
    keep_texts,
    text_bodies,
    verdict_values,
    write_problems,
)
from ghost_engine.data.store.tables import detail, example, review, screenshot, suggestion


def add_rows(database: Database, rows: Sequence[NewExample]) -> list[Added]:
    """Add a few hundred rows in one transaction, their pictures first; one answer a row, in order.

    Raises:
        StoreError: a picture or the database cannot be written; then no row was added.
    """
    database.pictures.keep(
        (row.screenshot.key, row.screenshot.extension, row.picture)
        for row in rows
        if row.picture is not None
    )
    return database.write(lambda connection: _take(connection, rows, database.clock()))


def _take(connection: Connection, rows: Sequence[NewExample], now: datetime) -> list[Added]:
    drafts = [row.suggestion for row in rows if row.suggestion is not None]
    bodies = {clean(body) for draft in drafts for body in (draft.sql, draft.instruction)}
    texts = keep_texts(connection, sorted(bodies))
    arrivals = receive(connection, rows, texts, now)
    new = {arrival.id for arrival in arrivals.values() if arrival.created}
    open_before = {arrival.id for arrival in arrivals.values() if arrival.undecided}
    added: list[Added] = []
    for row in rows:
        arrival = arrivals[row.screenshot.key]
        changed, arrival.moved = arrival.moved, False
        changed |= arrival.fill(row)
        changed |= _suggest(arrival, row, texts)
        outcome: Outcome = "added" if arrival.id in new else "updated" if changed else "unchanged"
        new.discard(arrival.id)
        added.append(Added(arrival.id, outcome))
    unique = list({arrival.id: arrival for arrival in arrivals.values()}.values())
    _write_filled(connection, [arrival for arrival in unique if arrival.filled])
    suggested = [arrival for arrival in unique if arrival.suggested]
    shown = [arrival for arrival in suggested if arrival.id in open_before]
    for arrival in {a.id: a for a in (*shown, *(a for a in unique if a.approved))}.values():
        arrival.version += 0 if arrival.created else 1
    _write_suggestions(connection, suggested, texts, now)
    _put_in_force(connection, [(arrival, *arrival.suggested[-1]) for arrival in shown], now)
    _write_approvals(connection, unique, now)
    return added


def _suggest(arrival: Arrival, row: NewExample, texts: Mapping[str, int]) -> bool:
    """Note the row's text if it is new here; True if that or its approval changes anything."""
    draft = row.suggestion
    if draft is None:
        return False
    text_id = texts[clean(draft.sql)]
    told = (text_id, draft.provider) in arrival.known
    # A file does not say who wrote its SQL: text that left the store through one is known here.
    told |= draft.provider == FROM_FILE and text_id in arrival.texts
    if not told:
        arrival.suggested.append((text_id, draft))
        arrival.known.add((text_id, draft.provider))
        arrival.texts.add(text_id)
    approves = bool(row.approved_by) and arrival.undecided
    if approves:
        arrival.approved, arrival.undecided = (text_id, draft, clean(row.approved_by)), False
    return approves or not told


def _write_filled(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    if not arrivals:
        return
    connection.execute(
        update(screenshot)
        .where(screenshot.c.key == bindparam("this"))
        .values({name: bindparam(f"new_{name}") for name in FILLED}),
        [
            {"this": arrival.picture["key"]}
            | {f"new_{name}": arrival.picture[name] for name in FILLED}
            for arrival in arrivals
        ],
    )
    for table, key, names in (
        (example, example.c.id, ("domain", "app")),
        (detail, detail.c.example_id, ("description", "reference")),
    ):
        connection.execute(
            update(table)
            .where(key == bindparam("this"))
            .values({name: bindparam(f"new_{name}") for name in names}),
            [
                {"this": arrival.id} | {f"new_{name}": arrival.about[name] for name in names}
                for arrival in arrivals
            ],
        )


def _write_suggestions(
    connection: Connection, arrivals: Sequence[Arrival], texts: Mapping[str, int], now: datetime
) -> None:
    if not arrivals:
        return
    values = [
        _suggestion_values(arrival.id, text_id, draft, texts, now)
        for arrival in arrivals
        for text_id, draft in arrival.suggested
    ]
    statement = insert(suggestion).returning(suggestion.c.id, sort_by_parameter_order=True)
    ids = iter(connection.scalars(statement, values).all())
    efforts = _efforts(connection, arrivals)
    for arrival in arrivals:
        for _ in arrival.suggested:
            arrival.suggestion_id = next(ids)
    connection.execute(
        update(example)
        .where(example.c.id == bindparam("this"))
        .values(
            suggestion_id=bindparam("newest"),
            provider=bindparam("by"),
            effort=bindparam("work"),
        ),
        [
            {"this": arrival.id, "newest": arrival.suggestion_id, "work": efforts[arrival.id]}
            | {"by": clean(arrival.suggested[-1][1].provider)}
            for arrival in arrivals
        ],
    )


def _suggestion_values(
    example_id: int, text_id: int, draft: NewSuggestion, texts: Mapping[str, int], now: datetime
) -> dict[str, Any]:
    return {
        "example_id": example_id,
        "text_id": text_id,
        "instruction_id": texts[clean(draft.instruction)],
        "provider": clean(draft.provider),
        "model": clean(draft.model),
        "prompt_version": clean(draft.prompt_version),
        "verdict": verdict_values(draft.verdict),
        "problems": sorted(set(draft.problems)),
        "cost_usd": draft.cost_usd,
        "seconds": draft.seconds,
        "created": now,
    }


def _efforts(connection: Connection, arrivals: Sequence[Arrival]) -> dict[int, int]:
    """The effort of each example with its newest suggestion, against the one before it."""
    before = {
        arrival.id: arrival.suggested[-2][0] if len(arrival.suggested) > 1 else arrival.text_id
        for arrival in arrivals
    }
    bodies = text_bodies(connection, {text_id for text_id in before.values() if text_id})
    efforts: dict[int, int] = {}
    for arrival in arrivals:
        draft = arrival.suggested[-1][1]
        earlier = before[arrival.id]
        apart = text_distance(bodies[earlier], draft.sql) if earlier else 0.0
        efforts[arrival.id] = predict_effort(draft.verdict, apart, len(draft.sql))
    return efforts


def _put_in_force(
    connection: Connection, chosen: Sequence[tuple[Arrival, int, NewSuggestion]], now: datetime
) -> None:
    """Make these texts the ones that count: what whoever has the example open sees next."""
    if not chosen:
        return
    connection.execute(
        update(example)
        .where(example.c.id == bindparam("this"))
        .values(
            text_id=bindparam("text"),
            executes=bindparam("runs"),
            version=bindparam("step"),
            updated=now,
        ),
        [
            {"this": arrival.id, "text": text_id, "step": arrival.version}
            | {"runs": draft.verdict.executes if draft.verdict else None}
            for arrival, text_id, draft in chosen
        ],
    )
    write_problems(connection, {a.id: tuple(map(clean, d.problems)) for a, _, d in chosen})


def _write_approvals(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> None:
    chosen = [(arrival, *arrival.approved) for arrival in arrivals if arrival.approved]
    if not chosen:
        return
    values = [
        {
            "example_id": arrival.id,
            "suggestion_id": arrival.suggestion_id,
            "text_id": text_id,
            "decision": "approved",
            "reviewer": reviewer,
            "seconds": 0.0,
            "version": arrival.version,
            "verdict": verdict_values(draft.verdict),
            "problems": sorted(set(draft.problems)),
            "distance": 0.0,
            "created": now,
        }
        for arrival, text_id, draft, reviewer in chosen
    ]
    statement = insert(review).returning(review.c.id, sort_by_parameter_order=True)
    ids = connection.scalars(statement, values).all()
    connection.execute(
        update(example)
        .where(example.c.id == bindparam("this"))
        .values(status="approved", review_id=bindparam("decided")),
        [
            {"this": arrival.id, "decided": review_id}
            for (arrival, *_), review_id in zip(chosen, ids, strict=True)
        ],
    )
    _put_in_force(connection, [(arrival, text, draft) for arrival, text, draft, _ in chosen], now)
