"""The first tables, and the index of texts where the database can make one."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0001"
down_revision = None

log = logging.getLogger(__name__)


def upgrade() -> None:
    _pictures_and_texts()
    _examples()
    _suggestions_and_reviews()
    _desk()
    _text_index()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, **{"nullable": False, **options})


def _key(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, _KEY, **{"nullable": False, **options})


def _string(name: str) -> sa.Column[str]:
    return _text(name, server_default="")


def _moment(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _to(name: str, target: str, cascade: bool = False, **options: Any) -> sa.Column[Any]:
    key = sa.ForeignKey(target, ondelete="CASCADE" if cascade else None)
    kind: Any = _KEY if target == "screenshot.key" else sa.Integer
    return sa.Column(name, kind, key, **{"nullable": False, "autoincrement": False, **options})


def _pictures_and_texts() -> None:
    op.create_table("wording", _id(), _key("hash", unique=True), _text("body"), **_AUTO)
    op.create_table(
        "screenshot",
        _key("key", primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("width", "height", "bytes")),
        _text("extension"),
        _text("path"),
        _string("source"),
        _string("licence"),
        _string("perceptual_hash"),
        sa.Column("missing", sa.Boolean, nullable=False),
    )
    op.create_index("ix_screenshot_path", "screenshot", ["path"])
    op.create_table(
        "thumbnail",
        _to("key", "screenshot.key", cascade=True, primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def _examples() -> None:
    op.create_table(
        "example",
        _id(),
        _to("screenshot_key", "screenshot.key", unique=True),
        sa.Column("version", sa.Integer, nullable=False),
        _text("status"),
        _to("text_id", "wording.id", nullable=True),
        sa.Column("suggestion_id", sa.Integer),
        sa.Column("review_id", sa.Integer),
        _text("provider"),
        sa.Column("executes", sa.Boolean),
        sa.Column("effort", sa.BigInteger, nullable=False),
        sa.Column("golden", sa.Boolean, nullable=False),
        _string("domain"),
        _string("app"),
        _moment("created"),
        _moment("updated"),
        **_AUTO,
    )
    filtered = ["status", "executes", "provider", "domain", "app", "text_id", "golden"]
    op.create_index("example_by_effort", "example", [sa.text("effort DESC"), "id", *filtered])
    op.create_index("example_by_domain", "example", ["domain", "status", "executes", "provider"])
    op.create_index("example_by_updated", "example", ["updated", "id"])
    op.create_table(
        "detail",
        _to("example_id", "example.id", cascade=True, primary_key=True),
        _string("description"),
        sa.Column("reference", sa.Text),
    )
    op.create_table(
        "problem",
        _key("code", primary_key=True),
        _to("example_id", "example.id", cascade=True, primary_key=True),
        sa.Column("checked", sa.Boolean, primary_key=True),
    )
    op.create_index("ix_problem_example_id", "problem", ["example_id"])


def _suggestions_and_reviews() -> None:
    op.create_table(
        "suggestion",
        _id(),
        _to("example_id", "example.id", cascade=True),
        _to("text_id", "wording.id"),
        _to("instruction_id", "wording.id"),
        *(_text(name) for name in ("provider", "model", "prompt_version")),
        sa.Column("verdict", sa.Text),
        _text("problems"),
        sa.Column("cost_usd", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        _moment("created"),
        sa.UniqueConstraint("example_id", "text_id", "provider"),
        **_AUTO,
    )
    op.create_table(
        "batch",
        _id(),
        _text("decision"),
        _text("reviewer"),
        _string("note"),
        _moment("created"),
        **_AUTO,
    )
    op.create_table(
        "review",
        _id(),
        _to("example_id", "example.id", cascade=True),
        _to("batch_id", "batch.id", nullable=True),
        _to("suggestion_id", "suggestion.id", nullable=True),
        _to("text_id", "wording.id"),
        _text("decision"),
        _text("reviewer"),
        sa.Column("seconds", sa.Float, nullable=False),
        _string("note"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Text),
        _text("problems"),
        sa.Column("distance", sa.Float),
        _moment("created"),
        **_AUTO,
    )
    op.create_index("ix_review_example_id", "review", ["example_id"])
    op.create_index("ix_review_batch_id", "review", ["batch_id"])
    op.create_index("review_by_reviewer", "review", ["reviewer", "created"])
    op.create_table(
        "undo",
        _to("review_id", "review.id", cascade=True, primary_key=True),
        _text("reviewer"),
        _moment("created"),
    )


def _desk() -> None:
    """What lies on the curators' desks: drafts, who sits where, the guidelines."""
    op.create_table(
        "draft",
        _to("example_id", "example.id", cascade=True, primary_key=True),
        _key("reviewer", primary_key=True),
        _text("sql"),
        sa.Column("base_version", sa.Integer, nullable=False),
        _moment("saved"),
    )
    op.create_table(
        "hold",
        _to("example_id", "example.id", cascade=True, primary_key=True),
        _key("reviewer", primary_key=True),
        _moment("expires"),
    )
    op.create_table(
        "guideline",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        _text("text"),
        _text("author"),
        _moment("created"),
    )


def _text_index() -> None:
    """Trigrams of every text; without them a search reads all texts, which is slow but right."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in () if sqlite else _POSTGRESQL_SEARCH:
        op.execute(statement)
    try:
        with op.get_bind().begin_nested():
            for statement in _SQLITE_TRIGRAMS if sqlite else _POSTGRESQL_TRIGRAMS:
                op.execute(statement)
    except DBAPIError as error:
        log.warning("Texts are not indexed: %s", error.orig)


# Keys sort by their bytes, whatever the database's own collation is.
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AUTO: dict[str, Any] = {"sqlite_autoincrement": True}
_SQLITE_TRIGRAMS = (
    """CREATE VIRTUAL TABLE text_search USING fts5(
        body, content='wording', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER text_searched AFTER INSERT ON wording BEGIN
        INSERT INTO text_search (rowid, body) VALUES (new.id, new.body); END""",
    """CREATE TRIGGER text_forgotten AFTER DELETE ON wording BEGIN
        INSERT INTO text_search (text_search, rowid, body)
        VALUES ('delete', old.id, old.body); END""",
)
# Texts in small letters, in a narrow table of their own: ILIKE would fold each of them at each
# search, and reading two forms of every text costs as much.
_POSTGRESQL_SEARCH = (
    """CREATE TABLE text_search (
        id integer PRIMARY KEY REFERENCES wording (id) ON DELETE CASCADE, folded text NOT NULL)""",
    """CREATE FUNCTION text_searched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO text_search VALUES (new.id, lower(new.body)); RETURN NULL; END $$""",
    """CREATE TRIGGER text_searched AFTER INSERT ON wording
        FOR EACH ROW EXECUTE FUNCTION text_searched()""",
)
_POSTGRESQL_TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX text_trigrams ON text_search USING gin (folded gin_trgm_ops)",
)
