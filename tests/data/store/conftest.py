"""Every test that asks for `store` runs on SQLite and on a PostgreSQL that keeps what it is given.

The engine's own launcher starts servers whose data nobody keeps; this one flushes every commit.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ghost_engine.data.records import NewExample, NewSuggestion, Screenshot, Verdict
from ghost_engine.data.store import Store, open_store
from ghost_engine.sql import lease
from ghost_engine.sql import server as embedded

RUNS = Verdict(executes=True, parses=True, tables=1, columns=2)
FAILS = Verdict(executes=False, parses=True, error='type "datetime" does not exist', line=1)
_SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": 40,
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
}


@dataclass
class DurableServer:
    """A PostgreSQL in a folder of its own, reached through a socket there."""

    home: Path
    binaries: Path
    user: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None
    free: list[str] = field(default_factory=list)
    made: int = 0

    @classmethod
    def start(cls) -> DurableServer:
        home = Path(tempfile.mkdtemp(prefix="ghost-store-", dir=_folder()))
        user = embedded._unprivileged_user()
        if user:
            os.chown(home, user["user"], user["group"])
        binaries = embedded._reachable_binaries(home, user)
        embedded._initdb(binaries, home, user)
        server = cls(home, binaries, user)
        server.launch()
        return server

    def launch(self) -> None:
        command = [str(self.binaries / "postgres"), "-D", str(self.home / "data")]
        for name, value in {**_SERVER_SETTINGS, "unix_socket_directories": self.home}.items():
            command += ["-c", f"{name}={value}"]
        with open(self.home / "log", "ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=self.home,
                env=embedded._environment(self.home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **self.user,
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self._dsn("postgres")).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _dsn(self, database: str) -> str:
        return f"host={self.home} user=ghost_admin dbname={database}"

    def take_database(self) -> str:
        """The name of an empty database; give it back afterwards, as making one is slow."""
        if self.free:
            name = self.free.pop()
            with psycopg.connect(self._dsn(name), autocommit=True) as admin:
                admin.execute("DROP SCHEMA public CASCADE")
                admin.execute("CREATE SCHEMA public")
            return name
        self.made += 1
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE store_{self.made}")
        return f"store_{self.made}"

    def url(self, name: str) -> str:
        return f"postgresql://ghost_admin@/{name}?host={self.home}"

    def crash(self) -> None:
        """Every backend dies at once, in the middle of what it does; then the server recovers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)
        self.launch()

    def stop(self) -> None:
        """At once: nobody keeps these databases."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)


def _folder() -> Path:
    """Memory if there is enough: processes are killed here, not the machine, and disks are slow."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    return memory if roomy else lease.run_dir()


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(scope="session")
def durable_server() -> Iterator[DurableServer]:
    server = DurableServer.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest) -> Iterator[Callable[[], str | None]]:
    """Makes an empty database each time: None for SQLite, else a URL of its own."""
    if request.param == "sqlite":
        yield lambda: None
        return
    server: DurableServer = request.getfixturevalue("durable_server")
    taken: list[str] = []

    def take() -> str:
        taken.append(server.take_database())
        return server.url(taken[-1])

    yield take
    server.free += taken


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def new_store(
    new_url: Callable[[], str | None], tmp_path: Path, clock: Clock
) -> Iterator[Callable[[], Store]]:
    """Opens an empty store each time it is called."""
    opened: list[Store] = []

    def make() -> Store:
        store = open_store(tmp_path / f"store{len(opened)}", new_url(), clock)
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    return new_store()


def make_row(
    name: str,
    sql: str | None = "CREATE TABLE orders (id int);",
    provider: str = "ollama",
    verdict: Verdict | None = RUNS,
    problems: tuple[str, ...] = (),
    **more: Any,
) -> NewExample:
    """A row of an import whose picture is a file of the bytes of `name`."""
    data = name.encode()
    key = hashlib.sha256(data).hexdigest()
    drafted = None
    if sql is not None:
        drafted = NewSuggestion(sql, provider, verdict=verdict, problems=problems)
    shot = Screenshot(key, 64, 48, len(data), path=f"screens/{name}.png", source="tests")
    return NewExample(shot, drafted, picture=data, thumbnail=b"small " + data, **more)


@pytest.fixture(name="make_row")
def make_row_fixture() -> Callable[..., NewExample]:
    return make_row


@pytest.fixture
def runs() -> Verdict:
    return RUNS


@pytest.fixture
def fails() -> Verdict:
    return FAILS
