"""Reading examples whole: by id, one after the other, and with their history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from ghost_engine.data.records import Example, Filters, Review, Screenshot, Suggestion
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.queue import matching
from ghost_engine.data.store.rows import PART, in_parts, problem_codes, read_verdict
from ghost_engine.data.store.tables import (
    detail,
    example,
    review,
    screenshot,
    suggestion,
    thumbnail,
    undo,
    wording,
)
from ghost_engine.errors import StoreError

_instruction = wording.alias("instruction")


def get(database: Database, example_id: int) -> Example:
    """One example.

    Raises:
        StoreError: there is none of this id.
    """
    with database.reading() as connection:
        found = load(connection, [example_id])
    if not found:
        raise no_such_example(example_id)
    return found[0]


def no_such_example(example_id: int) -> StoreError:
    return StoreError(f"There is no example {example_id}.", "It may be from another store.")


def load(connection: Connection, ids: Sequence[int]) -> list[Example]:
    """The examples of these ids (at most `PART`), in the order of `ids`; unknown ones left out."""
    rows = connection.execute(
        select(example, detail.c.description, detail.c.reference, screenshot)
        .join(screenshot, example.c.screenshot_key == screenshot.c.key)
        .join(detail, detail.c.example_id == example.c.id)
        .where(example.c.id.in_(ids))
    ).all()
    suggested = [row.suggestion_id for row in rows if row.suggestion_id is not None]
    suggestions = {
        row.id: _suggestion(row)
        for row in connection.execute(_suggestions().where(suggestion.c.id.in_(suggested)))
    }
    decided = [row.review_id for row in rows if row.review_id is not None]
    reviews = {
        row.id: _review(row)
        for row in connection.execute(_reviews().where(review.c.id.in_(decided)))
    }
    codes = problem_codes(connection, ids)
    found = {
        row.id: _example(
            row,
            suggestions.get(row.suggestion_id),
            reviews.get(row.review_id),
            codes.get(row.id, ()),
        )
        for row in rows
    }
    return [found[example_id] for example_id in ids if example_id in found]


def iterate(database: Database, filters: Filters) -> Iterator[Example]:
    """All that match now, by picture hash; of those only ids and a few hundred are in memory.

    One that is decided before its turn comes is left out if `filters.statuses` leaves it out.
    """
    order = (example.c.screenshot_key, example.c.id)
    query = select(example.c.id).where(*matching(database, filters)).order_by(*order)
    with database.reading() as connection:
        ids = connection.scalars(query).all()
    for part in in_parts(ids, PART):
        with database.reading() as connection:
            found = load(connection, part)
        yield from (
            each for each in found if not filters.statuses or each.status in filters.statuses
        )


def suggestions_of(database: Database, example_id: int) -> tuple[Suggestion, ...]:
    """Every suggestion an example got, oldest first."""
    query = _suggestions().where(suggestion.c.example_id == example_id)
    with database.reading() as connection:
        rows = connection.execute(query.order_by(suggestion.c.id))
        return tuple(_suggestion(row) for row in rows)


def reviews_of(database: Database, example_id: int) -> tuple[Review, ...]:
    """Every decision on an example, oldest first, undone ones too."""
    query = _reviews().where(review.c.example_id == example_id)
    with database.reading() as connection:
        return tuple(_review(row) for row in connection.execute(query.order_by(review.c.id)))


def last_review(database: Database, reviewer: str) -> Review | None:
    """See `Store.last_review`."""
    mine = _reviews().where(review.c.reviewer == reviewer, undo.c.review_id.is_(None))
    newest = mine.order_by(review.c.created.desc(), review.c.id.desc()).limit(1)
    with database.reading() as connection:
        row = connection.execute(newest).first()
    return None if row is None else _review(row)


def review_by_id(connection: Connection, review_id: int) -> Review:
    return _review(connection.execute(_reviews().where(review.c.id == review_id)).one())


def thumbnails(database: Database, keys: Sequence[str]) -> dict[str, bytes]:
    """The thumbnails of these screenshots, where there are any."""
    with database.reading() as connection:
        query = select(thumbnail).where(thumbnail.c.key.in_(keys))
        return {row.key: row.data for row in connection.execute(query)}


def screenshots(database: Database) -> Iterator[Screenshot]:
    """Every screenshot, by key."""
    last = ""
    while True:
        query = select(screenshot).where(screenshot.c.key > last).order_by(screenshot.c.key)
        with database.reading() as connection:
            rows = connection.execute(query.limit(PART)).all()
        yield from (_screenshot(row) for row in rows)
        if len(rows) < PART:
            return
        last = rows[-1].key


def _suggestions() -> Select[Any]:
    return (
        select(suggestion, wording.c.body.label("sql"), _instruction.c.body.label("instruction"))
        .join(wording, suggestion.c.text_id == wording.c.id)
        .join(_instruction, suggestion.c.instruction_id == _instruction.c.id)
    )


def _reviews() -> Select[Any]:
    return (
        select(
            review,
            wording.c.body.label("sql"),
            undo.c.reviewer.label("undone_by"),
            undo.c.created.label("undone_at"),
        )
        .join(wording, review.c.text_id == wording.c.id)
        .outerjoin(undo, undo.c.review_id == review.c.id)
    )


def _suggestion(row: Row[Any]) -> Suggestion:
    return Suggestion(
        sql=row.sql,
        provider=row.provider,
        model=row.model,
        instruction=row.instruction,
        prompt_version=row.prompt_version,
        verdict=read_verdict(row.verdict),
        problems=tuple(row.problems),
        cost_usd=row.cost_usd,
        seconds=row.seconds,
        id=row.id,
        created=row.created,
    )


def _review(row: Row[Any]) -> Review:
    return Review(
        id=row.id,
        example_id=row.example_id,
        sql=row.sql,
        decision=row.decision,
        reviewer=row.reviewer,
        seconds=row.seconds,
        note=row.note,
        created=row.created,
        version=row.version,
        suggestion_id=row.suggestion_id,
        verdict=read_verdict(row.verdict),
        problems=tuple(row.problems),
        distance=row.distance,
        batch=row.batch_id,
        undone_by=row.undone_by or "",
        undone_at=row.undone_at,
    )


def _screenshot(row: Row[Any]) -> Screenshot:
    return Screenshot(
        key=row.key,
        width=row.width,
        height=row.height,
        bytes=row.bytes,
        extension=row.extension,
        path=row.path,
        source=row.source,
        licence=row.licence,
        perceptual_hash=row.perceptual_hash,
        missing=row.missing,
    )


def _example(
    row: Row[Any],
    suggested: Suggestion | None,
    reviewed: Review | None,
    problems: tuple[str, ...],
) -> Example:
    text = reviewed or suggested
    return Example(
        id=row.id,
        version=row.version,
        screenshot=_screenshot(row),
        status=row.status,
        sql=text.sql if text else "",
        suggestion=suggested,
        review=reviewed,
        verdict=text.verdict if text else None,
        problems=problems,
        domain=row.domain,
        app=row.app,
        description=row.description,
        reference=row.reference,
        effort=row.effort,
        golden=row.golden,
        created=row.created,
        updated=row.updated,
    )
