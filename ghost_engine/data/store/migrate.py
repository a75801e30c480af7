"""Bringing a store's tables up to date when it is opened, by one process at a time.

The steps are Alembic's, in `migrations/versions`. A store that is up to date is opened without
loading Alembic; one written by a newer version is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, Engine, inspect, text

from ghost_engine.data.store.database import Database
from ghost_engine.errors import StoreError

HEAD = "0001"  # the newest step in migrations/versions; a test compares
MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK_SECONDS = 120
_ADVISORY_LOCK = 4_712_006_155  # any number, the same for all of us


def bring_up_to_date(database: Database) -> None:
    """Make or upgrade the tables.

    Raises:
        StoreError: the store is newer than this program.
    """
    engine = database.engine
    with database.reading() as connection:
        if revision(connection) == HEAD:
            return
    with _alone(engine), engine.connect() as connection:
        found = revision(connection)
        connection.rollback()
        if found != HEAD:
            _upgrade(connection, found)


def revision(connection: Connection) -> str | None:
    """The step the tables are at, None where there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def has_text_index(database: Database) -> bool:
    """True if texts are indexed by trigrams; not every build of the databases can."""
    with database.reading() as connection:
        if database.is_sqlite:
            return inspect(connection).has_table("text_search")
        found = connection.scalar(text("SELECT to_regclass('text_trigrams') IS NOT NULL"))
        return bool(found)


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"The store was written by a newer version of this program (its step is {found}).",
            "Update the program, or set GHOST_DATA_DIR to another folder.",
        )
    config.attributes["connection"] = connection.execution_options(ghost_begin="BEGIN IMMEDIATE")
    command.upgrade(config, "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Nobody else migrates meanwhile; the lock is given up with the process."""
    if engine.dialect.name == "sqlite":
        with FileLock(f"{engine.url.database}.lock", timeout=_LOCK_SECONDS):
            yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
            connection.commit()
