"""The whole way without Modal: volume, board and containers are folders and processes here.

It behaves as Modal does where that matters: a container has a disk of its own that is lost with it,
and one that dies without a result is started again with the same order. For tests, and for seeing
the way before paying for it. Run as a program with ROOT and CALL, it is a container.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from ghost_engine.jobs.folder import read_json, write_json
from ghost_engine.jobs.locks import is_held, take
from ghost_engine.training.remote.container import work
from ghost_engine.training.remote.place import Look, Order

RESTARTS = 10


class Rehearsal:
    """A `Place` in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._volume = root / "volume"

    def upload(self, files: Iterable[tuple[Path, str]]) -> None:
        for source, there in files:
            target = self._volume / there
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

    def start(self, order: Order) -> str:
        call = f"call-{uuid.uuid4().hex[:12]}"
        self._calls.mkdir(parents=True, exist_ok=True)
        write_json(self._calls / f"{call}.json", {"order": order.to_dict(), "starts": 0})
        self._run(call)
        return call

    def look(self, call: str) -> Look:
        result = read_json(self._calls / f"{call}.result.json")
        if result is not None:
            return Look(True, result, str(result.get("cancelled") or ""))
        known = read_json(self._calls / f"{call}.json")
        if known is None:
            return Look(True, error="there is no such call")
        if not is_held(self._calls / f"{call}.lock"):
            result = read_json(self._calls / f"{call}.result.json")
            if result is not None:
                return Look(True, result)
            if known["starts"] > RESTARTS:
                return Look(True, error="its container died again and again")
            self._run(call)
        return Look(False)

    def cancel(self, call: str) -> None:
        write_json(self._calls / f"{call}.result.json", {"state": "stopped", "error": None})
        kill_container(self.root, call)

    def page(self, call: str) -> str:
        return ""

    def put(self, key: str, value: str) -> None:
        path = _board_file(self.root, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(value, "utf-8")
        partial.replace(path)

    def get(self, key: str) -> str:
        return _read_board(self.root, key)

    def sizes(self, under: str) -> dict[str, int]:
        folder = self._volume / under
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}

    def read(self, path: str, offset: int = 0) -> bytes:
        with open(self._volume / path, "rb") as file:
            file.seek(offset)
            return file.read()

    def download(self, path: str, target: Path) -> None:
        shutil.copyfile(self._volume / path, target)

    def remove(self, under: str) -> None:
        shutil.rmtree(self._volume / under, ignore_errors=True)

    @property
    def _calls(self) -> Path:
        return self.root / "calls"

    def _run(self, call: str) -> None:
        """Start a container for the call, in a process group of its own; it outlives us."""
        lock = take(self._calls / f"{call}.lock")
        if lock is None:
            return
        about = read_json(self._calls / f"{call}.json") or {}
        write_json(
            self._calls / f"{call}.json", {**about, "starts": int(about.get("starts", 0)) + 1}
        )
        with open(self._calls / f"{call}.log", "ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", __name__, str(self.root), call, str(lock.fd)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock.fd,),
            )
        (self._calls / f"{call}.pid").write_text(str(child.pid), "ascii")
        threading.Thread(target=child.wait, daemon=True).start()  # reaped, so never a zombie
        lock.hand_over()


class FolderHome:
    """A `Home` in the same folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def volume(self) -> Path:
        return self._root / "volume"

    def commit(self) -> None:
        """Files are seen at once here."""

    def claim(self, key: str, value: str) -> str:
        path = _board_file(self._root, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(value, "utf-8")
        with suppress(FileExistsError):
            os.link(partial, path)
        partial.unlink()
        return _read_board(self._root, key)

    def get(self, key: str) -> str:
        return _read_board(self._root, key)


def kill_container(root: Path, call: str) -> None:
    """Kill -9 a call's container with all that it started, as when its machine is taken away."""
    try:
        pid = int((root / "calls" / f"{call}.pid").read_text("ascii"))
        container = psutil.Process(pid)
        doomed = [container, *container.children(recursive=True)]
    except (OSError, ValueError, psutil.Error):
        return
    if call not in container.cmdline():  # the number is another process's by now
        return
    for process in doomed:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(doomed, timeout=10)


def main(argv: list[str]) -> int:
    """A container's life: the work of a call, on a disk that nobody keeps."""
    root, call, lock = Path(argv[0]), argv[1], int(argv[2])
    os.set_inheritable(lock, False)  # held until this process ends, and by none of its children
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    about: dict[str, Any] = json.loads((root / "calls" / f"{call}.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory(
        prefix="container-", dir=root, ignore_cleanup_errors=True
    ) as disk:
        result = work(about["order"], FolderHome(root), call, Path(disk))
    write_json(root / "calls" / f"{call}.result.json", result)
    return 0


def _board_file(root: Path, key: str) -> Path:
    return root / "board" / key.replace("/", "~")


def _read_board(root: Path, key: str) -> str:
    try:
        return _board_file(root, key).read_text("utf-8")
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
