"""Keeps a copy of a run elsewhere: `python -m ghost_engine.notebook.mirror RUN KEEP`.

The run itself stays on the local disk, where locks and renames are what they say; this process
copies what a resume needs (see `archive`) as long as the run goes on. It is nobody's child: neither
an interrupted cell nor a new kernel ends it. A storage that fails is tried again and never
disturbs the run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ghost_engine.jobs.folder import RunFolder, now_text, read_json, write_json
from ghost_engine.jobs.locks import is_held, take
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run
from ghost_engine.notebook.archive import place_of, save

LOOK_SECONDS = 1.0
SAVE_SECONDS = 60.0
"""Between two snapshots in which nothing but measurements is new."""

LOCK = ".mirror.lock"
"""Held in the run's folder while it is copied."""

_NOTE = ".mirror.json"
_LOG = ".mirror.log"
_PROJECT = Path(__file__).resolve().parents[2]


def mirror(run: Run, keep: Path) -> None:
    """See to it that a run is copied to `keep`; returns at once, and may be asked for again."""
    if is_held(run.path / LOCK):
        return
    command = [sys.executable, "-m", "ghost_engine.notebook.mirror", str(run.path), str(keep)]
    paths = filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH")))
    with open(run.path / _LOG, "ab") as log:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )


def is_kept(run: Run) -> bool:
    """Whether all that the run left is on the storage."""
    note = read_json(run.path / _NOTE) or {}
    return bool(note.get("whole")) and note.get("attempt") == run.status.attempt


def kept_words(run: Run) -> str:
    """What is on the storage, or what stands in the way; "" for a run that is not copied."""
    note = read_json(run.path / _NOTE)
    if note is None:
        return ""
    at = f"{datetime.fromisoformat(note['time']).astimezone():%H:%M:%S}"
    if note.get("error"):
        return f"Not copied at {at}: {note['error']} It is tried again."
    step = note.get("step")
    what = "no checkpoint yet" if step is None else f"checkpoint of step {step}"
    return f"Copied at {at}: {'everything' if note.get('whole') else what}."


def follow(folder: RunFolder, keep: Path, save_seconds: float = SAVE_SECONDS) -> None:
    """Copy until the run has ended and all of it is on the storage, or it is gone."""
    mark: tuple[object, ...] = ()
    due = 0.0
    while folder.job.exists():
        run = read_run(folder)
        now = _mark(run)
        if run.state != "preparing" and (now != mark or time.monotonic() >= due):
            done = _save(run, keep)
            mark, due = (now if done else ()), time.monotonic() + save_seconds
            if done and not run.active and _mark(read_run(folder)) == now:
                return
            if not done:
                time.sleep(LOOK_SECONDS)
        time.sleep(LOOK_SECONDS)


def _mark(run: Run) -> tuple[object, ...]:
    """Changes when something happens that a resume has to know."""
    names: list[str] = []
    with suppress(OSError):
        names = sorted(path.name for path in run.folder.checkpoints.glob("step-*"))
    return run.state, run.status.attempt, tuple(names)


def _save(run: Run, keep: Path) -> bool:
    note = {"time": now_text(), "attempt": run.status.attempt}
    try:
        kept = save(run.folder, place_of(keep, run.id), whole=not run.active)
        note |= {"step": kept.step, "state": kept.state, "whole": not run.active}
    except OSError as error:
        print(f"{now_text()} {error}", file=sys.stderr)  # noqa: T201 - its log
        note |= {"error": f"{error.strerror or error}."}
    if run.folder.job.exists():
        with suppress(OSError):
            write_json(run.path / _NOTE, note, durable=False)
    return "error" not in note


def main(argv: Sequence[str] | None = None) -> int:
    """Copy one run; the exit status is 3 where another process does already."""
    folder, keep = map(Path, (sys.argv[1:] if argv is None else argv)[:2])
    lock = take(folder / LOCK)
    if lock is None:
        return 3
    try:
        follow(RunFolder(folder), keep)
    finally:
        lock.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
