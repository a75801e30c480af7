"""Opening the store's database: SQLite in the data folder, or PostgreSQL by its URL.

A `Database` hands out transactions: `reading` sees one moment, what `write` did is on the disk for
good when it returns and undone when its work raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError

from ghost_engine.data.store.pictures import Pictures
from ghost_engine.errors import StoreError

BUSY_SECONDS = 30
WRITERS = 4_712_006_154  # the lock that PostgreSQL's writers take turns on; any number
_BEGIN = "ghost_begin"
Result = TypeVar("Result")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Database:
    """An open engine, the pictures beside it, and the clock that dates records.

    `text_index` says whether texts can be searched by an index.
    """

    engine: Engine
    pictures: Pictures
    text_index: bool = False
    clock: Callable[[], datetime] = field(default=utc_now)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment's view of everything, however long the block takes."""
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with _told(), self.engine.connect() as connection:
            yield connection.execution_options(**options)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """`work` in a transaction. Writers take turns, so what it reads is still so when it writes.

        Raises:
            StoreError: the database fails, or others keep it busy for BUSY_SECONDS.
        """
        with _told(), self.engine.connect() as plain:
            connection = plain.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
            with connection.begin():
                if not self.is_sqlite:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")
                return work(connection)

    def insert(self, table: Table) -> Any:
        """An INSERT that knows ON CONFLICT in this database's dialect."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def close(self) -> None:
        self.engine.dispose()


def sqlite_engine(path: Path) -> Engine:
    """SQLite in `path`: WAL, every commit flushed, foreign keys held, writers wait in turn."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def postgresql_engine(url: str) -> Engine:
    """PostgreSQL by psycopg 3; a connection the server dropped is replaced unseen.

    Raises:
        StoreError: the URL is none, or of another database.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Neither the URL nor the cause: they hold a password.
        raise StoreError("GHOST_DATABASE_URL is not a URL.", _URL_HINT) from None
    if parsed.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise StoreError(
            f"GHOST_DATABASE_URL is of {parsed.drivername}; the store knows PostgreSQL.", _URL_HINT
        )
    return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)


_URL_HINT = "Give postgresql://user:password@host/database, or unset it to use SQLite."


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # or the driver begins transactions of its own
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer says so at once: upgrading a reader fails where waiting would do.
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


@contextmanager
def _told() -> Iterator[None]:
    """Databases that cannot be reached, in the user's words; mistakes of ours stay as they are."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error, (IntegrityError, ProgrammingError, DataError)):
            raise
        said = " ".join(str(error.orig).split())[:300]
        raise StoreError(
            f"The store's database failed: {said}",
            "Check that the database is reachable and its disk is not full, then try again.",
        ) from error
