"""A transaction on a real PostgreSQL that never leaves a trace: `with sandbox() as box: ...`.

By default the server is the embedded one, started on first use and shared by all processes of the
user (`keeper`); every connection then has a database of its own, thrown away after some hundred
uses. With GHOST_SANDBOX_DSN it is the server named there, and each transaction works in a schema
of its own. Either way the role is unprivileged, each statement has a time limit, a watchdog ends
what ignores it, and the transaction is rolled back.
"""

from __future__ import annotations

import atexit
import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg

from ghost_engine.errors import SandboxError
from ghost_engine.settings import get_settings
from ghost_engine.sql.lease import Lease, kill_backend

RECYCLE_AFTER = 150  # transactions on one database; rolled-back DDL bloats its catalog
WATCH_SECONDS = 0.25
GRACE_SECONDS = 3.0  # after a statement's own limit, before its backend is killed
TRANSACTION_SECONDS = 30.0


@dataclass
class Box:
    """One open transaction. `scratch` is the schema that unqualified names land in.

    `deadline` is when the watchdog steps in (monotonic seconds); `timed_out` says that it did.
    """

    connection: psycopg.Connection[Any]
    scratch: str
    database: str
    pid: int
    deadline: float = math.inf
    timed_out: bool = False
    uses: int = 0

    def run(self, statement: str) -> None:
        """Execute exactly one statement (a second one in the text is refused by the server)."""
        self.connection.execute(statement, binary=True)

    def parse(self, statement: str) -> None:
        """Let the server parse one statement without executing it."""
        result = self.connection.pgconn.prepare(b"", statement.encode())
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.lookup(_sqlstate(result))(
                info=result, encoding=self.connection.info.encoding
            )


def _sqlstate(result: Any) -> str:
    return (result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) or b"XX000").decode()


@contextmanager
def sandbox(wait_seconds: float = 60.0) -> Iterator[Box]:
    """An open transaction that nobody else sees, rolled back at the end.

    Args:
        wait_seconds: how long to wait for a free connection of this process's few.

    Raises:
        SandboxError: no server can be had, or every connection stayed busy.
        psycopg.Error: the line to the server broke.
    """
    pool = _pool()
    box = pool.take(wait_seconds)
    box.deadline = time.monotonic() + TRANSACTION_SECONDS
    try:
        _begin(box)
        yield box
    finally:
        pool.give_back(box)


@contextmanager
def time_limit(box: Box, seconds: float) -> Iterator[None]:
    """Have the backend of `box` killed if the block runs `seconds` plus the grace."""
    before = box.deadline
    box.deadline = min(before, time.monotonic() + seconds + GRACE_SECONDS)
    try:
        yield
    finally:
        box.deadline = before


def server_version() -> str:
    """The version of the server that judges, such as "18.6".

    Raises:
        SandboxError: it cannot be had.
    """
    with sandbox() as box:
        return str(box.connection.info.parameter_status("server_version") or "unknown")


def close() -> None:
    """Give up this process's connections; the embedded server ends with its last user."""
    global _shared
    with _shared_lock:
        pool, _shared = _shared, None
    if pool is not None and pool.pid == os.getpid():
        pool.close()


def _begin(box: Box) -> None:
    box.uses += 1
    milliseconds = int(get_settings().statement_timeout_seconds * 1000)
    begin = f"BEGIN; SET LOCAL statement_timeout = {milliseconds}"
    if box.scratch != "public":
        begin += (
            "; SET LOCAL lock_timeout = '2s'; SET LOCAL idle_in_transaction_session_timeout = '60s'"
            f"; CREATE SCHEMA {box.scratch}; SET LOCAL search_path = {box.scratch}, public"
        )
    try:
        box.connection.execute(begin)
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate.startswith("57P"):
            raise  # the line broke: the caller may try again
        raise SandboxError(
            f"PostgreSQL did not begin a transaction: {_first_line(error)}",
            "The role of GHOST_SANDBOX_DSN needs CREATE on its database.",
        ) from error


# -- connections -----------------------------------------------------------------------------------


class Source(Protocol):
    """Where connections come from and go."""

    def open(self) -> Box: ...

    def discard(self, box: Box) -> None: ...

    def kill(self, box: Box) -> None: ...

    def close(self) -> None: ...


class Pool:
    """The few connections of one process, watched for transactions that run away."""

    def __init__(self) -> None:
        settings = get_settings()
        self.pid = os.getpid()
        self._free = threading.Semaphore(settings.sandbox_connections)
        self._idle: list[Box] = []
        self._busy: list[Box] = []
        self._lock = threading.Lock()
        dsn = settings.sandbox_dsn
        self._source: Source = External(dsn.get_secret_value()) if dsn else Private()
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="sandbox-watchdog", daemon=True).start()

    def take(self, wait_seconds: float) -> Box:
        if not self._free.acquire(timeout=wait_seconds):
            raise SandboxError(
                f"All connections to PostgreSQL stayed busy for {wait_seconds:.0f} s.",
                "Try again; GHOST_SANDBOX_CONNECTIONS allows more at once.",
            )
        try:
            box = self._ready_box()
        except BaseException:
            self._free.release()
            raise
        with self._lock:
            self._busy.append(box)
        return box

    def _ready_box(self) -> Box:
        with self._lock:
            box = self._idle.pop() if self._idle else None
        if box is not None and _alive(box.connection):
            return box
        if box is not None:
            self._source.discard(box)
        return self._source.open()

    def give_back(self, box: Box) -> None:
        with self._lock:
            self._busy.remove(box)
        try:
            if box.timed_out or box.uses >= RECYCLE_AFTER or not _rolled_back(box.connection):
                self._source.discard(box)
                return
            box.deadline = math.inf
            with self._lock:
                self._idle.append(box)
        finally:
            self._free.release()

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            idle, self._idle = self._idle, []
        for box in idle:
            box.connection.close()
        self._source.close()

    def _watch(self) -> None:
        """Kill every transaction that is past its deadline, whatever it is doing."""
        while not self._closed.wait(WATCH_SECONDS):
            now = time.monotonic()
            with self._lock:
                late = [box for box in self._busy if box.deadline < now and not box.timed_out]
            for box in late:
                box.timed_out = True
                self._source.kill(box)


class Private:
    """Databases of the embedded server, one a connection."""

    def __init__(self) -> None:
        self._lease = Lease()

    def open(self) -> Box:
        connection = self._lease.open()
        return Box(connection, "public", connection.info.dbname, connection.info.backend_pid)

    def discard(self, box: Box) -> None:
        self._lease.discard(box.connection, box.database)

    def kill(self, box: Box) -> None:
        kill_backend(Path(box.connection.info.host), box.pid)

    def close(self) -> None:
        self._lease.close()


class External:
    """The server of GHOST_SANDBOX_DSN."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._count = 0

    def open(self) -> Box:
        hint = "Check GHOST_SANDBOX_DSN, or unset it to use the embedded PostgreSQL."
        try:
            connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=10)
        except psycopg.Error as error:
            reason = _first_line(error)
            raise SandboxError(f"GHOST_SANDBOX_DSN does not connect: {reason}", hint) from error
        row = connection.execute(
            "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
        ).fetchone()
        if row and row[0]:
            connection.close()
            raise SandboxError(
                "GHOST_SANDBOX_DSN names a superuser, and untrusted SQL must not run as one.",
                "Make a role with LOGIN and CREATE on one database, and nothing else.",
            )
        self._count += 1
        scratch = f"ghost_{os.getpid()}_{self._count}_{time.time_ns() % 10**9}"
        return Box(connection, scratch, connection.info.dbname, connection.info.backend_pid)

    def discard(self, box: Box) -> None:
        box.connection.close()

    def kill(self, box: Box) -> None:
        with suppress(psycopg.Error):
            box.connection.cancel_safe(timeout=2)
        _shut_down(box.connection)

    def close(self) -> None:
        """Nothing is kept here."""


def _alive(connection: psycopg.Connection[Any]) -> bool:
    if connection.closed:
        return False
    try:
        connection.execute("")
        return True
    except psycopg.Error:
        return False


def _rolled_back(connection: psycopg.Connection[Any]) -> bool:
    try:
        connection.execute("ROLLBACK")
        return True
    except psycopg.Error:
        return False


def _shut_down(connection: psycopg.Connection[Any]) -> None:
    """Cut the line, so that a thread blocked on it wakes up."""
    with suppress(OSError, psycopg.Error):
        link = socket.socket(fileno=os.dup(connection.fileno()))
        link.shutdown(socket.SHUT_RDWR)
        link.close()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


_shared: Pool | None = None
_shared_lock = threading.Lock()


def _pool() -> Pool:
    """This process's pool; a forked child gets one of its own."""
    global _shared
    with _shared_lock:
        if _shared is None or _shared.pid != os.getpid():
            _shared = Pool()
            atexit.register(close)
        return _shared
