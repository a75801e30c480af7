"""How a process comes by databases of the embedded server: the client's side of the keeper.

The open link to the keeper is the process's lease; the kernel closes it when the process ends,
however it ends. The keeper is started by the first who needs it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from filelock import FileLock

from ghost_engine.errors import SandboxError

START_SECONDS = 40.0
log = logging.getLogger(__name__)
_SOCKET_PATH_BYTES = 100  # Linux allows 107, macOS 103


class Lease:
    """This process's link to the keeper, made when first needed."""

    def __init__(self) -> None:
        self._link: socket.socket | None = None
        self._unread = b""
        self._lock = threading.Lock()

    def open(self) -> psycopg.Connection[Any]:
        """A connection to a new database of its own.

        Raises:
            SandboxError: the server cannot be started or reached.
        """
        for attempt in range(3):
            try:
                dsn = str(self._ask({"do": "open"})["dsn"])
                return psycopg.connect(dsn, autocommit=True)
            except (OSError, psycopg.OperationalError, EOFError) as error:
                self.close()
                if attempt == 2:
                    raise SandboxError(
                        f"The embedded PostgreSQL does not answer: {error}",
                        f"Look into {run_dir() / 'keeper.log'}.",
                    ) from error
        raise AssertionError("unreachable")

    def discard(self, connection: psycopg.Connection[Any], database: str) -> None:
        """Close the connection and have its database dropped."""
        connection.close()
        with suppress(OSError, EOFError, SandboxError):
            self._ask({"do": "drop", "database": database}, start=False)

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


def kill_backend(home: Path, pid: int) -> None:
    """SIGKILL a backend of the server in `home`; the postmaster clears up after it.

    Done here and not by the keeper, which may itself be waiting for that backend.
    """
    import psutil

    try:
        postmaster = int((home / "data" / "postmaster.pid").read_text().split()[0])
        backend = psutil.Process(pid)
        if backend.ppid() == postmaster:
            backend.kill()
    except (OSError, ValueError, IndexError, psutil.Error):
        log.warning("backend %d of %s is gone already", pid, home)


def run_dir() -> Path:
    """The private folder of this user's keeper: a short path, not writable by others.

    Raises:
        SandboxError: somebody else owns the folder of that name.
    """
    name = f"ghost-architect-{os.geteuid()}-{_code_version()}"
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


@lru_cache(maxsize=1)
def _code_version() -> str:
    """Changes with the code of keeper and server: two checkouts never share a keeper."""
    digest = hashlib.sha256(sys.prefix.encode())
    for name in ("keeper.py", "server.py", "sandbox.sql"):
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:8]


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
