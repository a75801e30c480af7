"""The process that owns the embedded PostgreSQL: `python -m ghost_engine.sql.keeper RUN_DIR`.

One keeper serves all processes of a user. A client connects to `RUN_DIR/keeper.sock` and is served
as long as that connection lives, so the kernel itself tells the keeper when a client is gone, even
by kill -9. When the last one has left, the server is stopped and its folder removed. If the keeper
is killed, Linux takes the server with it; elsewhere the next keeper clears away what it finds.

The talk is one JSON object a line. Client: `{"do": "open"}`, `{"do": "drop", "database": NAME}`.
Keeper: `{"dsn": ...}` or `{}`, or `{"error": ...}`.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
from filelock import FileLock, Timeout

from ghost_engine.sql.server import (
    MAX_DATABASES,
    ROLE,
    Server,
    ServerError,
    clear_leftovers,
    start_server,
)

LINGER_SECONDS = 1.0
log = logging.getLogger("ghost.keeper")


@dataclass
class Lease:
    """One client's connection and the databases it was given."""

    link: socket.socket
    databases: set[str] = field(default_factory=set)
    unread: bytes = b""


class Keeper:
    """Serves leases on one socket until none is left for `LINGER_SECONDS`."""

    def __init__(self, run_dir: Path, server: Server) -> None:
        self.server = server
        self.path = run_dir / "keeper.sock"
        self.leases: dict[int, Lease] = {}
        self.doomed: set[str] = set()
        self.selector = selectors.DefaultSelector()
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        previous = os.umask(0o177)
        self.listener.bind(str(self.path))
        os.umask(previous)
        self.listener.listen(64)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def serve(self) -> None:
        idle_since = time.monotonic() + 10  # the first client is on its way
        while self.server.process.poll() is None:
            for key, _ in self.selector.select(timeout=0.2):
                if key.fileobj is self.listener:
                    self._welcome()
                else:
                    self._hear(self.leases[key.fd])
                idle_since = time.monotonic()
            if not self.leases and time.monotonic() - idle_since > LINGER_SECONDS:
                return

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
        self.listener.close()
        for lease in self.leases.values():
            lease.link.close()

    def _welcome(self) -> None:
        link, _ = self.listener.accept()
        link.settimeout(5)
        self.leases[link.fileno()] = Lease(link)
        self.selector.register(link, selectors.EVENT_READ)

    def _hear(self, lease: Lease) -> None:
        try:
            heard = lease.link.recv(65536)
        except OSError:
            heard = b""
        if not heard:
            self._part(lease)
            return
        *lines, lease.unread = (lease.unread + heard).split(b"\n")
        for line in lines:
            try:
                lease.link.sendall(
                    json.dumps(self._answer(lease, json.loads(line))).encode() + b"\n"
                )
            except OSError:
                self._part(lease)
                return

    def _answer(self, lease: Lease, request: dict[str, Any]) -> dict[str, Any]:
        try:
            match request["do"]:
                case "open":
                    return {"dsn": self._open(lease)}
                case "drop":
                    lease.databases.discard(str(request["database"]))
                    self._drop(str(request["database"]))
            return {}
        except ServerError:
            log.exception("the server is gone")
            raise SystemExit(1) from None
        except (psycopg.Error, KeyError, ValueError, OSError) as error:
            return {"error": str(error).strip()}

    def _open(self, lease: Lease) -> str:
        if sum(len(each.databases) for each in self.leases.values()) >= MAX_DATABASES:
            raise ValueError(f"all {MAX_DATABASES} sandbox databases are in use")
        name = self.server.create_database()
        lease.databases.add(name)
        return self.server.dsn(name, ROLE)

    def _drop(self, name: str) -> None:
        """Drop a database, or keep it on the list while the server is too busy to."""
        self.doomed.add(name)
        for each in sorted(self.doomed):
            try:
                self.server.drop_database(each)
                self.doomed.discard(each)
            except psycopg.Error:
                log.exception("could not drop %s yet", each)
                return

    def _part(self, lease: Lease) -> None:
        self.selector.unregister(lease.link)
        del self.leases[lease.link.fileno()]
        lease.link.close()
        for name in sorted(lease.databases):
            self._drop(name)


def main(run_dir: Path) -> int:
    logging.basicConfig(
        filename=run_dir / "keeper.log",
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(message)s",
    )
    lock = FileLock(run_dir / "keeper.lock")
    try:
        lock.acquire(timeout=15)  # an earlier keeper may be on its way out
    except Timeout:
        log.error("another keeper holds %s", lock.lock_file)
        return 1
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    clear_leftovers(run_dir)
    try:
        server = start_server(run_dir)
    except Exception as error:
        log.exception("could not start")
        (run_dir / "keeper.failed").write_text(str(error))
        return 1
    try:
        keeper = Keeper(run_dir, server)
        try:
            keeper.serve()
        finally:
            keeper.close()
    finally:
        server.stop()
    return 0


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
