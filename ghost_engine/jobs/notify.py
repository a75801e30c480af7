"""A word to whoever does not watch: a small JSON POST when a run ends or runs out of memory.

Sent by the supervisor to GHOST_WEBHOOK_URL, if that is set, from a thread of its own: a slow or
broken receiver neither delays nor fails a run, and is only a line in its log. Nothing is sent
again. A run whose supervisor was killed tells nobody.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from ghost_engine.errors import GhostError
from ghost_engine.jobs.folder import now_text
from ghost_engine.jobs.log import say
from ghost_engine.jobs.records import Job, RunError, Status
from ghost_engine.settings import get_settings

TIMEOUT_SECONDS = 5.0
LOUD = frozenset({"out_of_memory", "diverged"})
"""Errors that have a word of their own in `event`; all else that ends a run is "ended"."""


class Notifier:
    """Tells the webhook of one run; does nothing where none is set."""

    def __init__(self, run_id: str, job: Job) -> None:
        self._run_id = run_id
        self._job = job
        self._threads: list[threading.Thread] = []

    def tell(self, status: Status, error: RunError | None, reason: str = "") -> None:
        """Send what happened; returns at once and never raises.

        Args:
            status: how the run stands.
            error: what went wrong, also where it goes on after it.
            reason: what was decided about it.
        """
        try:
            address = get_settings().webhook_url
        except GhostError as wrong:
            say(f"No notification was sent: {wrong}")
            return
        if address is None:
            return
        body = message(self._run_id, self._job, status, error, reason)
        thread = threading.Thread(
            target=_send, args=(address.get_secret_value(), body), daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def wait(self, seconds: float = 2 * TIMEOUT_SECONDS) -> None:
        """Let what is on its way arrive, but not for longer."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def message(
    run_id: str, job: Job, status: Status, error: RunError | None, reason: str = ""
) -> dict[str, Any]:
    """The document that is sent. `text` says all of it in a sentence, as chat programs want it."""
    event = error.type if error is not None and error.type in LOUD else "ended"
    return {
        "event": event,
        "run": run_id,
        "kind": job.kind,
        "name": job.name,
        "state": status.state,
        "attempt": status.attempt,
        "step": status.step,
        "total_steps": status.total_steps,
        "error": None if error is None else error.to_dict(),
        "reason": reason,
        "time": now_text(),
        "text": _sentence(run_id, status, error, reason),
    }


def _sentence(run_id: str, status: Status, error: RunError | None, reason: str) -> str:
    at = f" at step {status.step} of {status.total_steps}" if status.total_steps else ""
    why = reason or (f"{error.message} {error.hint}".strip() if error else "")
    return " ".join(part for part in (f"Run {run_id} is {status.state}{at}.", why) if part)


def _send(address: str, body: dict[str, Any]) -> None:
    """One POST. The address is never logged: whoever knows it can write there."""
    data = json.dumps(body, ensure_ascii=False, default=str).encode()
    try:
        request = urllib.request.Request(
            address, data, {"Content-Type": "application/json", "User-Agent": "ghost-architect"}
        )
        with _opener().open(request, timeout=TIMEOUT_SECONDS):
            return
    except Exception as error:  # the border: a word to people must not cost a run
        code = f" {error.code}" if isinstance(error, urllib.error.HTTPError) else ""
        say(f"A notification was not delivered: {type(error).__name__}{code}.")


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS only, and no redirects: a word goes where the settings say or nowhere."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener
