"""A worker that counts: small enough to read, real enough to be killed, stopped and resumed.

config.yaml is JSON: `steps`, `seconds` a step, `save_every`, whether it is `deaf` to a stop, and
`trouble` at step `trouble_at` (in attempts up to `trouble_attempts`).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Literal

from ghost_engine.errors import TrainingError
from ghost_engine.jobs.folder import RunFolder, read_json, write_json
from ghost_engine.jobs.records import Attempt, Retry, RunError
from ghost_engine.jobs.worker import Work, WorkerFailure, run_worker

MEMORY = 8


def count(work: Work) -> Literal["finished", "stopped"]:
    config = {"steps": 10, "seconds": 0.01, "save_every": 4, **json.loads(
        work.folder.config.read_text()
    ), **work.attempt.overrides}  # fmt: skip
    work.progress("loading")
    sys.stdout.write("loading \x1b[32mgreen\x1b[0m\n")
    if "alone" in config and not alone(Path(config["alone"])):
        return "finished"
    step = last_checkpoint(work.folder, work.attempt.lineage)
    work.event("started", from_step=step)
    while step < config["steps"]:
        if work.stop_asked() and not config.get("deaf"):
            save(work, step)
            return "stopped"
        time.sleep(config["seconds"])
        step += 1
        if step == config.get("trouble_at") and work.attempt.attempt <= config.get(
            "trouble_attempts", 99
        ):
            trouble(config["trouble"], config, work)
        work.progress("counting", step, config["steps"])
        work.metric(step, loss=1 / step)
        if step % config["save_every"] == 0:
            save(work, step)
    work.progress("saving", step, config["steps"])
    work.folder.adapter.mkdir(exist_ok=True)
    write_json(work.folder.adapter / "count.json", {"step": step})
    return "finished"


def alone(place: Path) -> bool:
    """Whether no other worker is at this place now; writes down that one was."""
    file = os.open(place, os.O_RDWR | os.O_CREAT)  # closed by the end of the process only
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.write(file, b"crowded\n")
        return False
    return True


def trouble(kind: str, config: dict[str, Any], work: Work) -> None:
    if kind == "hint":
        raise WorkerFailure("too_hot", "The oven is too hot.", "Open the door.", {"degrees": 300})
    if kind == "ghost":
        raise TrainingError("The shelf is empty.", "Fill it.")
    if kind == "bug":
        raise ValueError("cannot count\nto seven")
    if kind == "exit":
        os.write(1, b"about to leave\n")
        os._exit(7)
    if kind == "abort":
        os.abort()
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "full":
        raise OSError(errno.ENOSPC, "No space left on device", "checkpoint")
    if kind == "child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
        write_json(work.folder.path / "child.json", {"pid": child.pid})
    if kind == "fill":
        with open(work.folder.path / "filler", "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    if kind == "fork" and os.fork() == 0:  # as a loader of data does: it has the locks too
        time.sleep(100)
        os._exit(0)
    if kind == "linger":
        threading.Thread(target=time.sleep, args=(100,)).start()
    if kind == "memory" and config.get("size", 99) > MEMORY:
        raise WorkerFailure("out_of_memory", "It does not fit.", details={"size": config["size"]})


def save(work: Work, step: int) -> None:
    work.folder.checkpoints.mkdir(exist_ok=True)
    write_json(
        work.folder.checkpoints / f"step-{step}.json",
        {"step": step, "attempt": work.attempt.attempt},
    )
    work.event("checkpoint", step=step)


def last_checkpoint(folder: RunFolder, lineage: int) -> int:
    """The newest step saved by an attempt that counts."""
    saved = [read_json(path) or {} for path in folder.checkpoints.glob("*.json")]
    return max((one["step"] for one in saved if one.get("attempt", 0) >= lineage), default=0)


def recover(folder: RunFolder, attempt: Attempt, error: RunError) -> Retry | RunError | None:
    """Halves the size while it does not fit; the second time it starts anew."""
    if error.type == "too_hot":
        return RunError("classified", "Somebody forgot the oven.", "Look after it.")
    if error.type != "out_of_memory":
        return None
    size = attempt.overrides.get("size", json.loads(folder.config.read_text())["size"]) // 2
    return Retry({"size": size}, fresh=size <= MEMORY, reason=f"size {size}")


def bad_recover(folder: RunFolder, attempt: Attempt, error: RunError) -> Retry | None:
    raise RuntimeError("the hook is broken")


def sample(pid: int) -> dict[str, Any] | None:
    return {"pid": pid, "used_gib": 1.5}


if __name__ == "__main__":
    seconds = float(os.environ.get("TOY_ALONE_SECONDS", 300))
    sys.exit(run_worker(count, alone_seconds=seconds))
