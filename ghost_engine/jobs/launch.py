"""Launch a run: make its folder, freeze what it was asked, start its supervisor.

`launch` does it in one call. Work that has to be put into the folder first (a frozen dataset) goes
into `fill`, or between `prepare` and `start`; meanwhile the run is *preparing*.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path, PurePosixPath

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import RunFolder, explain_errors
from ghost_engine.jobs.locks import Lock, is_held, take
from ghost_engine.jobs.queue import start_supervisor, time_of_arrival
from ghost_engine.jobs.reading import list_runs, read_run, runs_dir
from ghost_engine.jobs.records import Job, Run, Status, now
from ghost_engine.jobs.status import read_status

Files = Mapping[str, str | bytes]
LAUNCH_WAIT_SECONDS = 30.0
_held: dict[Path, Lock] = {}
_held_guard = threading.Lock()


def launch(
    kind: str,
    worker: str,
    config_text: str,
    *,
    name: str = "",
    gpu: bool = False,
    recover: str = "",
    sampler: str = "",
    by: str = "",
    request: str = "",
    farewell: str = "",
    files: Files | None = None,
    fill: Callable[[RunFolder], object] | None = None,
) -> Run:
    """Start a run in the background and return at once.

    Args:
        kind: "train", "export"...; part of the id.
        worker: the module that does the work, run as `python -m <worker> RUN_DIR`.
        config_text: config.yaml, frozen.
        name: for people; part of the id.
        gpu: wait in the queue, one such run at a time.
        recover: "module:function" asked after a failure, f(folder, attempt, error) -> Retry |
            RunError | None.
        sampler: "module:function" called every two seconds, f(worker_pid) -> dict | None.
        by: who asked for it.
        request: one word for one click: a second launch with the same one gives the first's run.
        farewell: "module:function" called after the worker was killed by a stop, and before the
            run is deleted, f(folder).
        files: more files for the folder, path -> text or bytes.
        fill: puts more into the folder before the start; if it raises, the folder is removed.

    Raises:
        JobError: it cannot be made or started.
    """
    job = Job(kind, worker, now(), name, by, gpu, recover, sampler, request, farewell=farewell)
    known, folder = _prepare(job, config_text, files or {})
    if known:
        return read_run(folder)
    try:
        if fill is not None:
            fill(folder)
    except BaseException:
        abandon(folder)
        raise
    return start(folder)


def prepare(
    kind: str,
    worker: str,
    config_text: str,
    *,
    name: str = "",
    gpu: bool = False,
    recover: str = "",
    sampler: str = "",
    by: str = "",
    request: str = "",
    files: Files | None = None,
) -> RunFolder:
    """The folder of a new run in state preparing; `start` or `abandon` has to follow.

    Raises:
        JobError: it cannot be made, or this `request` has a run already.
    """
    job = Job(kind, worker, now(), name, by, gpu, recover, sampler, request)
    known, folder = _prepare(job, config_text, files or {})
    if known:
        raise JobError(f"This was launched already, as run {folder.id}.", "Look at that run.")
    return folder


def start(folder: RunFolder) -> Run:
    """Queue a prepared run and start its supervisor.

    Raises:
        JobError: it was not prepared by this process, or cannot be started.
    """
    lock = _let_go(folder)
    if lock is None:
        raise JobError(f"Run {folder.id} was not prepared here.", "Launch a new one.")
    try:
        with explain_errors(f"Run {folder.id} cannot be started"):
            enqueue(folder)
    except BaseException:
        lock.release()
        raise
    if read_status(folder).state == "queued":
        start_supervisor(folder, lock)
    lock.release()
    return read_run(folder)


def abandon(folder: RunFolder) -> None:
    """Remove a prepared run that is not to be started."""
    lock = _let_go(folder)
    if lock is not None:
        shutil.rmtree(folder.path, ignore_errors=True)
        lock.release()


def enqueue(folder: RunFolder) -> None:
    """Write that the run waits, last in line; the caller holds its lock. A stop that was asked
    for meanwhile ends it."""
    with launching(folder.path.parent):
        arrival = time_of_arrival(folder.path.parent)
        before = read_status(folder)
        orphan = is_held(folder.worker_lock)  # the next supervisor may have to end it
        status = Status(
            "queued",
            attempt=before.attempt,
            step=before.step,
            total_steps=before.total_steps,
            queued=arrival,
            started=before.started,
            updated=now(),
            pid=before.pid if orphan else None,
            create_time=before.create_time if orphan else None,
            birth=before.birth if orphan else "",
        )
        if folder.stop.exists():
            status = replace(status, state="stopped", ended=now())
        folder.add_event(status.state, status.attempt)
        folder.save(folder.status, status.to_dict())


@contextmanager
def launching(runs: Path) -> Iterator[None]:
    """One launch at a time: numbers, requests and places in line are given out in turn."""
    lock = take(runs / ".launch.lock", LAUNCH_WAIT_SECONDS)
    if lock is None:
        raise JobError("Another launch takes very long.", "Try again in a moment.")
    try:
        yield
    finally:
        lock.release()


def _prepare(job: Job, config_text: str, files: Files) -> tuple[bool, RunFolder]:
    """Whether the request has a run already, and the folder: that run's, or a new one."""
    _check(job, files)
    runs = runs_dir()
    with explain_errors(f"A run cannot be made in {runs}"):
        runs.mkdir(parents=True, exist_ok=True)
        with launching(runs):
            known = _known(runs, job.request)
            if known is not None:
                return True, known
            folder = _make_folder(runs, job)
            try:
                _fill(folder, replace(job, cwd=str(Path.cwd())), config_text, files)
            except BaseException:
                abandon(folder)
                raise
            return False, folder


def _known(runs: Path, request: str) -> RunFolder | None:
    if not request:
        return None
    same = (run for run in list_runs(runs, start_queued=False) if run.job.request == request)
    return next((run.folder for run in same), None)


def _make_folder(runs: Path, job: Job) -> RunFolder:
    """A new folder, locked by this process."""
    words = [job.created.astimezone(UTC).strftime("%Y%m%d-%H%M%S"), job.kind, _slug(job.name)]
    base = "-".join(word for word in words if word)
    for number in range(1, 10_000):
        folder = RunFolder(runs / (base if number == 1 else f"{base}-{number}"))
        try:
            folder.path.mkdir()
        except FileExistsError:
            continue
        lock = take(folder.lock)
        assert lock is not None, "nobody else knows a folder made this moment"
        with _held_guard:
            _held[folder.path] = lock
        return folder
    raise JobError(f"There are too many runs called {base}.", "Give this one another name.")


def _fill(folder: RunFolder, job: Job, config_text: str, files: Files) -> None:
    """job.json comes last: without it, a folder is no run."""
    folder.keep_reserve()
    folder.config.write_text(config_text, "utf-8")
    for name, content in files.items():
        path = folder.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    folder.save(folder.status, Status("preparing", updated=now()).to_dict())
    folder.save(folder.job, job.to_dict())


def _let_go(folder: RunFolder) -> Lock | None:
    with _held_guard:
        return _held.pop(folder.path, None)


def _check(job: Job, files: Files) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", job.kind):
        raise JobError(f'"{job.kind}" is no kind of job.', 'Give a lower-case word: "train".')
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", job.worker):
        raise JobError(f'"{job.worker}" is no module.', 'Give its dotted name: "package.worker".')
    for hook in filter(None, (job.recover, job.sampler, job.farewell)):
        if not re.fullmatch(r"[\w.]+:\w+", hook):
            raise JobError(f'"{hook}" names no function.', 'Give "module:function".')
    for name in files:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts:
            raise JobError(f'"{name}" is no path inside a run.', "Give a relative path.")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].rstrip("-")
