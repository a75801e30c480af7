"""The tables of the store, as SQLAlchemy Core sees them; the migrations make the same ones.

Texts (SQL and instructions) are kept once each and named by id, so approving a thousand unchanged
examples copies none. What the queue filters and sorts on stands in `example` itself: one index
answers. Times are microseconds since 1970, UTC; verdicts and lists are canonical JSON.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    desc,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as whole microseconds: the same number in both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Document(TypeDecorator[Any]):
    """A JSON value, written one way only, so that equal values are equal bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


# Keys sort by their bytes in both databases, whatever PostgreSQL's own collation is.
KEY = Text().with_variant(Text(collation="C"), "postgresql")


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _example(**options: Any) -> Column[int]:
    return Column("example_id", ForeignKey("example.id", ondelete="CASCADE"), **options)


def _text(name: str = "text_id", nullable: bool = False) -> Column[int]:
    return Column(name, ForeignKey("wording.id"), nullable=nullable)


def _string(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


wording = Table(
    "wording",
    metadata,
    _id(),
    Column("hash", KEY, nullable=False, unique=True),
    Column("body", Text, nullable=False),
    sqlite_autoincrement=True,
)

screenshot = Table(
    "screenshot",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("extension", Text, nullable=False),
    Column("path", Text, nullable=False, index=True),
    _string("source"),
    _string("licence"),
    _string("perceptual_hash"),
    Column("missing", Boolean, nullable=False),
)

thumbnail = Table(
    "thumbnail",
    metadata,
    Column("key", ForeignKey("screenshot.key", ondelete="CASCADE"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

example = Table(
    "example",
    metadata,
    _id(),
    Column("screenshot_key", ForeignKey("screenshot.key"), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    # Of the text in force; suggestion_id is the newest one's, review_id the newest standing one's.
    _text(nullable=True),
    Column("suggestion_id", Integer),
    Column("review_id", Integer),
    Column("provider", Text, nullable=False),
    Column("executes", Boolean),
    Column("effort", BigInteger, nullable=False),
    Column("golden", Boolean, nullable=False),
    _string("domain"),
    _string("app"),
    Column("created", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    sqlite_autoincrement=True,
)
_FILTERED = ("status", "executes", "provider", "domain", "app", "text_id", "golden")
Index("example_by_effort", desc(example.c.effort), example.c.id, *(example.c[n] for n in _FILTERED))
# Counts are read from it; domain stands first, so that the queue keeps to its own index.
Index("example_by_domain", *(example.c[n] for n in ("domain", "status", "executes", "provider")))
Index("example_by_updated", example.c.updated, example.c.id)

detail = Table(
    "detail",
    metadata,
    _example(primary_key=True, autoincrement=False),
    _string("description"),
    Column("reference", Document),
)

suggestion = Table(
    "suggestion",
    metadata,
    _id(),
    _example(nullable=False),
    _text(),
    _text("instruction_id"),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt_version", Text, nullable=False),
    Column("verdict", Document),
    Column("problems", Document, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("created", Moment, nullable=False),
    UniqueConstraint("example_id", "text_id", "provider"),
    sqlite_autoincrement=True,
)

batch = Table(
    "batch",
    metadata,
    _id(),
    Column("decision", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    _string("note"),
    Column("created", Moment, nullable=False),
    sqlite_autoincrement=True,
)

review = Table(
    "review",
    metadata,
    _id(),
    _example(nullable=False, index=True),
    Column("batch_id", ForeignKey("batch.id"), index=True),
    Column("suggestion_id", ForeignKey("suggestion.id")),
    _text(),
    Column("decision", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    _string("note"),
    Column("version", Integer, nullable=False),
    Column("verdict", Document),
    Column("problems", Document, nullable=False),
    Column("distance", Float),
    Column("created", Moment, nullable=False),
    sqlite_autoincrement=True,
)
Index("review_by_reviewer", review.c.reviewer, review.c.created)

undo = Table(
    "undo",
    metadata,
    Column("review_id", ForeignKey("review.id", ondelete="CASCADE"), primary_key=True),
    Column("reviewer", Text, nullable=False),
    Column("created", Moment, nullable=False),
)

# `checked` problems come from checks over the whole store; the others belong to the text in force.
problem = Table(
    "problem",
    metadata,
    Column("code", KEY, primary_key=True),
    _example(primary_key=True, autoincrement=False, index=True),
    Column("checked", Boolean, primary_key=True),
)

draft = Table(
    "draft",
    metadata,
    _example(primary_key=True, autoincrement=False),
    Column("reviewer", KEY, primary_key=True),
    Column("sql", Text, nullable=False),
    Column("base_version", Integer, nullable=False),
    Column("saved", Moment, nullable=False),
)

hold = Table(
    "hold",
    metadata,
    _example(primary_key=True, autoincrement=False),
    Column("reviewer", KEY, primary_key=True),
    Column("expires", Moment, nullable=False),
)

guideline = Table(
    "guideline",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created", Moment, nullable=False),
)
