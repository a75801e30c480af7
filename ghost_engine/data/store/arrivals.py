"""Which example each row of an import belongs to: one that is there, one that moved, or a new one.

Called by `ghost_engine.data.store.adding` within its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from ghost_engine.data.records import NewExample, NewSuggestion
from ghost_engine.data.store.effort import predict_effort
from ghost_engine.data.store.rows import clean, in_parts, screenshot_values
from ghost_engine.data.store.tables import (
    detail,
    example,
    review,
    screenshot,
    suggestion,
    thumbnail,
)

_ABOUT = ("domain", "app", "description", "reference")


FILLED = ("width", "height", "bytes", "path", "source", "licence", "perceptual_hash")


@dataclass(slots=True)
class Arrival:
    """One example while a batch of rows is taken in.

    `picture` and `about` are what the store knows of it, `known` and `texts` what was suggested
    (text and provider) and suggested or decided (text alone). The rest is still to be written:
    `filled` if `picture` or `about` changed, `suggested` texts, an approval of one of them.
    """

    id: int
    picture: dict[str, Any]
    about: dict[str, Any]
    version: int = 1
    created: bool = False
    moved: bool = False
    undecided: bool = True
    text_id: int | None = None
    suggestion_id: int | None = None
    known: set[tuple[int, str]] = field(default_factory=set)
    texts: set[int] = field(default_factory=set)
    filled: bool = False
    suggested: list[tuple[int, NewSuggestion]] = field(default_factory=list)
    approved: tuple[int, NewSuggestion, str] | None = None  # text, draft, by whom

    def fill(self, row: NewExample) -> bool:
        """Take over what was not known yet; True if anything was."""
        filled = _fill(self.about, about(row), _ABOUT)
        if self.picture["missing"] == row.screenshot.missing:
            filled |= _fill(self.picture, screenshot_values(row.screenshot), FILLED)
        self.filled |= filled
        return filled


def _fill(values: dict[str, Any], given: Mapping[str, Any], names: Sequence[str]) -> bool:
    news = {name: given[name] for name in names if given[name] and not values[name]}
    values.update(news)
    return bool(news)


def about(row: NewExample) -> dict[str, Any]:
    return {
        "domain": clean(row.domain),
        "app": clean(row.app),
        "description": clean(row.description),
        "reference": dict(row.reference) if row.reference else None,
    }


def receive(
    connection: Connection, rows: Sequence[NewExample], texts: Mapping[str, int], now: datetime
) -> dict[str, Arrival]:
    """The example of each screenshot's key; those that are new are made, still without a text."""
    arrivals = _load(connection, {row.screenshot.key for row in rows})
    _find_moved(connection, rows, texts, arrivals)
    fresh: dict[str, NewExample] = {}
    for row in rows:
        if row.screenshot.key not in arrivals:
            fresh.setdefault(row.screenshot.key, row)
    if fresh:
        arrivals.update(_make(connection, list(fresh.values()), now))
    return arrivals


def _load(connection: Connection, keys: Iterable[str]) -> dict[str, Arrival]:
    arrivals: dict[str, Arrival] = {}
    for part in in_parts(sorted(keys)):
        query = (
            select(example, detail.c.description, detail.c.reference, screenshot)
            .join(screenshot, example.c.screenshot_key == screenshot.c.key)
            .join(detail, detail.c.example_id == example.c.id)
            .where(example.c.screenshot_key.in_(part))
        )
        found = {row["id"]: _read(row) for row in connection.execute(query).mappings()}
        past = select(suggestion.c.example_id, suggestion.c.text_id, suggestion.c.provider)
        for draft in connection.execute(past.where(suggestion.c.example_id.in_(found))):
            found[draft.example_id].known.add((draft.text_id, draft.provider))
            found[draft.example_id].texts.add(draft.text_id)
        decided = select(review.c.example_id, review.c.text_id)
        for text in connection.execute(decided.where(review.c.example_id.in_(found))):
            found[text.example_id].texts.add(text.text_id)
        arrivals.update({arrival.picture["key"]: arrival for arrival in found.values()})
    return arrivals


def _read(row: RowMapping) -> Arrival:
    return Arrival(
        id=row["id"],
        picture={column.name: row[column.name] for column in screenshot.c},
        about={name: row[name] for name in _ABOUT},
        version=row["version"],
        undecided=row["status"] == "new" and row["review_id"] is None,
        text_id=row["text_id"],
        suggestion_id=row["suggestion_id"],
    )


def _find_moved(
    connection: Connection,
    rows: Sequence[NewExample],
    texts: Mapping[str, int],
    arrivals: dict[str, Arrival],
) -> None:
    """A picture that was missing and is here now, or the reverse, is still the same example.

    The same one is declared at the same path and has the same text.
    """
    lost = [row for row in rows if row.screenshot.path and row.screenshot.key not in arrivals]
    paths = sorted({clean(row.screenshot.path) for row in lost})
    keys: dict[str, list[str]] = {}
    for part in in_parts(paths):
        query = select(screenshot.c.path, screenshot.c.key).where(screenshot.c.path.in_(part))
        for found in connection.execute(query.order_by(screenshot.c.key)):
            keys.setdefault(found.path, []).append(found.key)
    others = _load(connection, {key for found in keys.values() for key in found})
    for row in lost:
        for key in keys.get(clean(row.screenshot.path), ()):
            other = arrivals.get(key, others[key])
            same = row.suggestion is None or texts[clean(row.suggestion.sql)] in other.texts
            if same and row.screenshot.missing != other.picture["missing"]:
                arrivals[key] = arrivals[row.screenshot.key] = other
                if not row.screenshot.missing:
                    _give_picture(connection, row, other)
                break


def _give_picture(connection: Connection, row: NewExample, arrival: Arrival) -> None:
    _insert_screenshots(connection, [row])
    change = update(example).where(example.c.id == arrival.id)
    connection.execute(change.values(screenshot_key=row.screenshot.key))
    connection.execute(delete(screenshot).where(screenshot.c.key == arrival.picture["key"]))
    known = {name: value for name, value in arrival.picture.items() if value}
    arrival.picture = screenshot_values(row.screenshot)
    arrival.picture |= {name: known[name] for name in ("source", "licence") if name in known}
    arrival.moved = arrival.filled = True


def _make(connection: Connection, rows: Sequence[NewExample], now: datetime) -> dict[str, Arrival]:
    _insert_screenshots(connection, rows)
    common = {"version": 1, "status": "new", "provider": "", "golden": False, "created": now}
    common |= {"updated": now, "effort": predict_effort(None, 0, 0)}
    known = [about(row) for row in rows]
    values = [
        {"screenshot_key": row.screenshot.key, "domain": words["domain"], "app": words["app"]}
        | common
        for row, words in zip(rows, known, strict=True)
    ]
    statement = insert(example).returning(example.c.id, sort_by_parameter_order=True)
    ids = connection.scalars(statement, values).all()
    connection.execute(
        insert(detail),
        [
            {"example_id": number, "description": words["description"]}
            | {"reference": words["reference"]}
            for number, words in zip(ids, known, strict=True)
        ],
    )
    return {
        row.screenshot.key: Arrival(number, screenshot_values(row.screenshot), words, created=True)
        for number, row, words in zip(ids, rows, known, strict=True)
    }


def _insert_screenshots(connection: Connection, rows: Sequence[NewExample]) -> None:
    connection.execute(insert(screenshot), [screenshot_values(row.screenshot) for row in rows])
    small = [{"key": row.screenshot.key, "data": row.thumbnail} for row in rows if row.thumbnail]
    if small:
        connection.execute(insert(thumbnail), small)
