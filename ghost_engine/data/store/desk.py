"""What lies on the curators' desks: drafts, who has which example open, guidelines, golden marks.

None of it decides anything, so none of it is ever refused for being late, but for the guidelines.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection, delete, exists, insert, select, update

from ghost_engine.data.records import Draft, Guidelines, Holder
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.reading import no_such_example
from ghost_engine.data.store.rows import clean, in_parts
from ghost_engine.data.store.tables import draft, example, guideline, hold, problem
from ghost_engine.errors import StaleGuidelines


def save_draft(
    database: Database, example_id: int, reviewer: str, sql: str, base_version: int
) -> Draft:
    """See `Store.save_draft`."""
    kept = Draft(example_id, clean(reviewer), clean(sql), base_version, database.clock())
    values = {"example_id": example_id, "reviewer": kept.reviewer, "sql": kept.sql}
    news = {"sql": kept.sql, "base_version": base_version, "saved": kept.saved}

    def work(connection: Connection) -> None:
        _check(connection, example_id)
        keys = [draft.c.example_id, draft.c.reviewer]
        statement = database.insert(draft).values(values | news)
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=news))

    database.write(work)
    return kept


def read_draft(database: Database, example_id: int, reviewer: str) -> Draft | None:
    query = select(draft).where(draft.c.example_id == example_id, draft.c.reviewer == reviewer)
    with database.reading() as connection:
        row = connection.execute(query).first()
    return None if row is None else Draft(**row._mapping)


def drop_draft(database: Database, example_id: int, reviewer: str) -> None:
    mine = (draft.c.example_id == example_id, draft.c.reviewer == reviewer)
    database.write(lambda connection: connection.execute(delete(draft).where(*mine)))


def take_hold(
    database: Database, example_id: int, reviewer: str, seconds: float
) -> tuple[Holder, ...]:
    """See `Store.hold`."""
    reviewer, now = clean(reviewer), database.clock()
    expires = now + timedelta(seconds=seconds)
    mine = {"example_id": example_id, "reviewer": reviewer, "expires": expires}

    def work(connection: Connection) -> tuple[Holder, ...]:
        _check(connection, example_id)
        # One person sits at one example; who left without a word has expired.
        connection.execute(
            delete(hold).where((hold.c.reviewer == reviewer) | (hold.c.expires <= now))
        )
        connection.execute(insert(hold).values(mine))
        rows = connection.execute(select(hold).where(hold.c.example_id == example_id))
        holders = sorted((Holder(**row._mapping) for row in rows), key=lambda item: item.reviewer)
        return tuple(holder for holder in holders if holder.reviewer != reviewer)

    return database.write(work)


def release(database: Database, reviewer: str) -> None:
    gone = delete(hold).where(hold.c.reviewer == clean(reviewer))
    database.write(lambda connection: connection.execute(gone))


def holders(database: Database, ids: Sequence[int]) -> dict[int, tuple[Holder, ...]]:
    found: dict[int, list[Holder]] = {}
    with database.reading() as connection:
        for part in in_parts(ids):
            query = select(hold).where(
                hold.c.example_id.in_(part), hold.c.expires > database.clock()
            )
            for row in connection.execute(query.order_by(hold.c.reviewer)):
                found.setdefault(row.example_id, []).append(Holder(**row._mapping))
    return {example_id: tuple(people) for example_id, people in found.items()}


def guidelines(database: Database, version: int | None = None) -> Guidelines:
    """A version of the guidelines, by default the newest; the empty text before the first."""
    query = select(guideline).order_by(guideline.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(guideline.c.version == version)
    with database.reading() as connection:
        row = connection.execute(query).first()
    return Guidelines(0, "", "", None) if row is None else Guidelines(**row._mapping)


def save_guidelines(database: Database, text: str, author: str, base_version: int) -> Guidelines:
    """See `Store.save_guidelines`."""

    def work(connection: Connection) -> Guidelines:
        query = select(guideline).order_by(guideline.c.version.desc()).limit(1)
        last = connection.execute(query).first()
        if last is not None and last.version != base_version:
            raise StaleGuidelines(
                "The guidelines were",
                yours=text,
                theirs=last.text,
                version=last.version,
                saved_by=last.author,
                saved_at=last.created,
            )
        number = (last.version if last else 0) + 1
        news = Guidelines(number, clean(text), clean(author), database.clock())
        values = {"version": number, "text": news.text, "author": news.author}
        connection.execute(insert(guideline).values(**values, created=news.created))
        return news

    return database.write(work)


def mark_golden(database: Database, example_id: int, golden: bool) -> None:
    """See `Store.mark_golden`."""

    def work(connection: Connection) -> None:
        _check(connection, example_id)
        change = update(example).where(example.c.id == example_id)
        connection.execute(change.values(golden=golden, updated=database.clock()))

    database.write(work)


def set_problems(
    database: Database, found: Mapping[int, Collection[str]], among: Collection[str]
) -> None:
    """See `Store.set_problems`."""
    codes = sorted(set(map(clean, among)))
    known = set(codes)
    rows = [
        {"example_id": example_id, "code": code, "checked": True}
        for example_id in sorted(found)
        for code in sorted(set(map(clean, found[example_id])) & known)
    ]

    def work(connection: Connection) -> None:
        for part in in_parts(sorted(found)):
            connection.execute(
                delete(problem).where(
                    problem.c.example_id.in_(part),
                    problem.c.code.in_(codes),
                    problem.c.checked.is_(True),
                )
            )
        for rows_part in in_parts(rows):
            connection.execute(insert(problem), list(rows_part))

    database.write(work)


def _check(connection: Connection, example_id: int) -> None:
    if not connection.scalar(select(exists().where(example.c.id == example_id))):
        raise no_such_example(example_id)
