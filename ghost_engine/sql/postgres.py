"""A transaction on a real PostgreSQL that never leaves a trace: `with sandbox() as box: ...`.

By default the server is the embedded one, started on first use and shared by all processes of the
user (`keeper`); every connection then has a database of its own, thrown away after some hundred
uses. With GHOST_SANDBOX_DSN it is the server named there, and each transaction works in a schema
of its own. Either way the role is unprivileged, each statement has a time limit, a watchdog ends
what ignores it, and the transaction is rolled back.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from filelock import FileLock

from ghost_engine.errors import SandboxError
from ghost_engine.settings import get_settings

RECYCLE_AFTER = 150  # transactions on one database; rolled-back DDL bloats its catalog
GRACE_SECONDS = 3.0  # after a statement's own limit, before its backend is killed
TRANSACTION_SECONDS = 30.0
START_SECONDS = 40.0
_SOCKET_PATH_BYTES = 100  # Linux allows 107, macOS 103


@dataclass
class Box:
    """One open transaction. `scratch` is the schema that unqualified names land in."""

    connection: psycopg.Connection[Any]
    scratch: str
    timed_out: bool = False
    uses: int = 0
    database: str = ""

    def run(self, statement: str) -> None:
        """Execute exactly one statement (a second one in the text is refused by the server)."""
        self.connection.execute(cast(LiteralString, statement), binary=True)

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
    """
    pool = _pool()
    box = pool.take(wait_seconds)
    watchdog = threading.Timer(TRANSACTION_SECONDS, pool.kill, (box,))
    watchdog.daemon = True
    watchdog.start()
    try:
        _begin(box)
        yield box
    finally:
        watchdog.cancel()
        pool.give_back(box)


@contextmanager
def time_limit(box: Box, seconds: float) -> Iterator[None]:
    """Kill the backend of `box` if the block runs `seconds` plus the grace."""
    timer = threading.Timer(seconds + GRACE_SECONDS, _pool().kill, (box,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


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
        box.connection.execute(cast(LiteralString, begin))
    except psycopg.Error as error:
        raise SandboxError(
            f"PostgreSQL did not begin a transaction: {_first_line(error)}",
            "The role of GHOST_SANDBOX_DSN needs CREATE on its database."
            if box.scratch != "public"
            else "Try again; the server starts anew.",
        ) from error


# -- connections -----------------------------------------------------------------------------------


class Pool:
    """The few connections of one process, and the lease that keeps the embedded server alive."""

    def __init__(self) -> None:
        settings = get_settings()
        self.pid = os.getpid()
        self._free = threading.Semaphore(settings.sandbox_connections)
        self._idle: list[Box] = []
        self._lock = threading.Lock()
        dsn = settings.sandbox_dsn
        self._source = External(dsn.get_secret_value()) if dsn else Embedded()

    def take(self, wait_seconds: float) -> Box:
        if not self._free.acquire(timeout=wait_seconds):
            raise SandboxError(
                f"All connections to PostgreSQL stayed busy for {wait_seconds:.0f} s.",
                "Try again; GHOST_SANDBOX_CONNECTIONS allows more at once.",
            )
        try:
            with self._lock:
                box = self._idle.pop() if self._idle else None
            if box is not None and _alive(box.connection):
                return box
            if box is not None:
                self._source.discard(box)
            return self._source.open()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, box: Box) -> None:
        try:
            if box.timed_out or box.connection.closed or box.uses >= RECYCLE_AFTER:
                self._source.discard(box)
                return
            try:
                box.connection.execute("ROLLBACK")
            except psycopg.Error:
                self._source.discard(box)
                return
            with self._lock:
                self._idle.append(box)
        finally:
            self._free.release()

    def kill(self, box: Box) -> None:
        """End a transaction that runs far past its limit, whatever it is doing."""
        box.timed_out = True
        self._source.kill(box)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for box in idle:
            box.connection.close()
        self._source.close()


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
        return Box(connection, f"ghost_{os.getpid()}_{self._count}_{time.time_ns() % 10**9}")

    def discard(self, box: Box) -> None:
        box.connection.close()

    def kill(self, box: Box) -> None:
        with suppress(psycopg.Error):
            box.connection.cancel_safe(timeout=2)
        _shut_down(box.connection)

    def close(self) -> None:
        """Nothing is kept here."""


class Embedded:
    """The shared embedded server; the open link to its keeper is this process's lease."""

    def __init__(self) -> None:
        self._link: socket.socket | None = None
        self._unread = b""
        self._lock = threading.Lock()

    def open(self) -> Box:
        for attempt in range(3):
            try:
                dsn = str(self._ask({"do": "open"})["dsn"])
                return Box(psycopg.connect(dsn, autocommit=True), "public", database=_database(dsn))
            except (OSError, psycopg.OperationalError, EOFError) as error:
                self.close()
                if attempt == 2:
                    raise SandboxError(
                        f"The embedded PostgreSQL does not answer: {error}",
                        f"Look into {run_dir() / 'keeper.log'}.",
                    ) from error
        raise AssertionError("unreachable")

    def discard(self, box: Box) -> None:
        box.connection.close()
        with suppress(OSError, EOFError, SandboxError):
            self._ask({"do": "drop", "database": box.database}, start=False)

    def kill(self, box: Box) -> None:
        with suppress(OSError, EOFError, SandboxError):
            pid = box.connection.info.backend_pid
            self._ask({"do": "kill", "pid": pid}, start=False)

    def close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _ask(self, request: dict[str, Any], start: bool = True) -> dict[str, Any]:
        """One request to the keeper and its answer."""
        with self._lock:
            if self._link is None:
                if not start:
                    return {}
                self._link, self._unread = connect_keeper(), b""
            self._link.sendall(json.dumps(request).encode() + b"\n")
            while b"\n" not in self._unread:
                heard = self._link.recv(65536)
                if not heard:
                    raise EOFError("its keeper hung up")
                self._unread += heard
            line, self._unread = self._unread.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise SandboxError(f"PostgreSQL refused a sandbox: {answer['error']}", "Try again.")
        return answer


def _database(dsn: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])


def _alive(connection: psycopg.Connection[Any]) -> bool:
    if connection.closed:
        return False
    try:
        connection.execute("")
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


# -- the keeper ------------------------------------------------------------------------------------


def run_dir() -> Path:
    """The private folder of this user's keeper: a short path, not writable by others.

    Raises:
        SandboxError: somebody else owns the folder of that name.
    """
    name = f"ghost-architect-{os.geteuid()}"
    roots = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    for root in roots:
        folder = root / name
        if len(os.fsencode(folder)) > _SOCKET_PATH_BYTES - 30 or not _enterable(root):
            continue
        # nobody (PostgreSQL's user when we are root) must pass through, but may not list.
        folder.mkdir(mode=0o711, exist_ok=True)
        found = folder.lstat()
        if found.st_uid == os.geteuid() and folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o711)
            return folder
    raise SandboxError(
        f"No folder for PostgreSQL's socket: {name} in {', '.join(map(str, roots))} is not ours.",
        "Set TMPDIR to a short folder of your own.",
    )


def _enterable(root: Path) -> bool:
    """True if the folder exists and, for root, `nobody` can walk down to it."""
    if not root.is_dir():
        return False
    if os.geteuid() != 0:
        return os.access(root, os.W_OK | os.X_OK)
    return all(folder.stat().st_mode & 0o001 for folder in (root, *root.resolve().parents))


def connect_keeper() -> socket.socket:
    """A link to the running keeper, starting one if there is none.

    Raises:
        SandboxError: it cannot be started; says why.
    """
    folder = run_dir()
    deadline = time.monotonic() + START_SECONDS
    with FileLock(folder / "start.lock", timeout=START_SECONDS):
        link = _try_connect(folder)
        if link is not None:
            return link
        starter = _spawn_keeper(folder)
        while time.monotonic() < deadline:
            link = _try_connect(folder)
            if link is not None:
                return link
            if starter.poll() is not None:
                break
            time.sleep(0.01)
    raise SandboxError(
        f"The embedded PostgreSQL did not start: {_why_failed(folder)}",
        f"See {folder / 'keeper.log'}, or set GHOST_SANDBOX_DSN to a server of yours.",
    )


def _try_connect(folder: Path) -> socket.socket | None:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(60)
    try:
        link.connect(str(folder / "keeper.sock"))
        return link
    except OSError:
        link.close()
        return None


def _spawn_keeper(folder: Path) -> subprocess.Popen[bytes]:
    (folder / "keeper.failed").unlink(missing_ok=True)
    package_root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (package_root, os.environ.get("PYTHONPATH"))))
    keeper = subprocess.Popen(
        [sys.executable, "-m", "ghost_engine.sql.keeper", str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=keeper.wait, daemon=True).start()  # reaped, so never a zombie
    return keeper


def _why_failed(folder: Path) -> str:
    try:
        return (folder / "keeper.failed").read_text().strip()
    except OSError:
        return f"no answer within {START_SECONDS:.0f} s"
