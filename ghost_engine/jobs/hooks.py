"""Calls a run makes into other rooms by name, "module:function": `recover`, `sampler`, `farewell`.

They run inside the supervisor, which must outlive them: what they raise goes to the log.
"""

from __future__ import annotations

import importlib
import threading
import traceback
from collections.abc import Callable
from typing import Any

from ghost_engine.jobs.folder import RunFolder, append_row, now_text
from ghost_engine.jobs.log import say
from ghost_engine.jobs.records import Attempt, Retry, RunError

SAMPLE_SECONDS = 2.0
FAREWELL_SECONDS = 10.0  # less than `control.kill` waits for the supervisor


def ask_recovery(
    hook: str, folder: RunFolder, attempt: Attempt, error: RunError
) -> Retry | RunError | None:
    """What the `recover` hook says to a failure; None without a hook, or when it fails itself."""
    if not hook:
        return None
    try:
        answer = _load(hook)(folder, attempt, error)
        if answer is None or isinstance(answer, Retry | RunError):
            return answer
        raise TypeError(f"{hook} answered {answer!r}, not Retry, RunError or None")
    except Exception:  # the border: a bad hook must not lose the error it was asked about
        say(traceback.format_exc())
        return None


def say_farewell(hook: str, folder: RunFolder) -> None:
    """Tell the `farewell` hook, f(folder), that the worker was killed by a stop or the run is being
    deleted: what it set going elsewhere has to be ended by somebody. Waits, but not for long."""
    if hook:
        thread = threading.Thread(target=_say_farewell, args=(hook, folder), daemon=True)
        thread.start()
        thread.join(FAREWELL_SECONDS)


def _say_farewell(hook: str, folder: RunFolder) -> None:
    try:
        _load(hook)(folder)
    except Exception:  # the border: the run ends all the same
        say(traceback.format_exc())


class Sampler:
    """Calls the `sampler` hook while a worker runs, in a thread: a slow card slows nobody."""

    def __init__(self, hook: str, folder: RunFolder, attempt: int, pid: int) -> None:
        self._stop = threading.Event()
        if hook:
            threading.Thread(
                target=self._run, args=(hook, folder, attempt, pid), daemon=True
            ).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self, hook: str, folder: RunFolder, attempt: int, pid: int) -> None:
        try:
            sample = _load(hook)
            while True:
                row = sample(pid)
                if row is not None and not self._stop.is_set():
                    _append(folder, {"time": now_text(), "attempt": attempt, **row})
                if self._stop.wait(SAMPLE_SECONDS):
                    return
        except Exception:  # measurements are a comfort: without them the run goes on
            say(traceback.format_exc())
            say(f"{hook} failed: no more samples in this attempt.")


def _append(folder: RunFolder, row: dict[str, Any]) -> None:
    try:
        append_row(folder.vram, row)
    except OSError as error:
        say(f"A sample was not written: {error}.")


def _load(hook: str) -> Callable[..., Any]:
    module, _, function = hook.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loaded
