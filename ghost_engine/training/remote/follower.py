"""Follows a run elsewhere: `python -m ghost_engine.training.remote.follower RUN_DIR`.

It is the worker of an ordinary run here. It hands the frozen folder over once, brings back what
the other side writes, passes a stop on, and fetches the adapter. Killed or asleep, it costs
nothing: the work goes on there, and a resume follows the same call again.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from ghost_engine.errors import TrainingError
from ghost_engine.jobs.folder import RunFolder, read_json
from ghost_engine.jobs.log import say
from ghost_engine.jobs.worker import Work, WorkerFailure, run_worker
from ghost_engine.training.remote.container import paid_seconds
from ghost_engine.training.remote.handing import hand_over
from ghost_engine.training.remote.mirror import HOURS
from ghost_engine.training.remote.place import Look, Place, Unreachable, folder_of, stop_key
from ghost_engine.training.remote.places import open_place
from ghost_engine.training.remote.receive import Receiver
from ghost_engine.training.remote.record import Remote, change_remote, read_remote

LOOK_SECONDS = 5.0
DOUBT_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
"""The longest pause between two tries while nobody answers; there is no end to trying."""

_LOST_HINT = "`ghost runs resume {id}` looks again; it pays for nothing new while the work goes on."
_AGAIN_HINT = "`ghost runs resume {id}` goes on from the last checkpoint; that is paid for anew."
Answer = TypeVar("Answer")


def follow(work: Work) -> Literal["finished", "stopped"]:
    """See a remote run through to its end.

    Raises:
        WorkerFailure: it failed there, its hours are over, or this process has to go.
        TrainingError: the place says no.
    """
    remote = read_remote(work.folder)
    if remote is None:
        raise TrainingError("remote.json is missing or broken.", "Start a new run.")
    return _Follower(work, remote, open_place(remote.where)).run()


class _Follower:
    def __init__(self, work: Work, remote: Remote, place: Place) -> None:
        self._work = work
        self._folder: RunFolder = work.folder
        self._remote = remote
        self._place = place
        self._receiver = Receiver(place, work.folder)
        self._stop_passed_on = False
        self._silent_since = 0.0
        self._leaving = False
        self._look_seconds = _look_seconds(remote)

    def run(self) -> Literal["finished", "stopped"]:
        signal.signal(signal.SIGTERM, self._hear_shutdown)
        handed = hand_over(self._work, self._place, self._remote, 2 * self._look_seconds)
        if handed is None:
            return "stopped"
        self._remote = handed
        while True:
            result = self._wait_for_result()
            self._insist(self._receiver.pull)
            self._note_cost()
            if result["state"] == "elsewhere":  # a follower before us was quicker
                self._change(call=str(result["call"]), page=self._place.page(str(result["call"])))
                continue
            self._work.event("remote_ended", state=result["state"], words=self._remote.words)
            return self._conclude(result)

    # -- following ---------------------------------------------------------------------------------

    def _wait_for_result(self) -> Mapping[str, Any]:
        """Follow until the call has ended.

        Raises:
            WorkerFailure: it ended without a result, or this process has to leave before.
        """
        while True:
            self._pass_stop_on()
            look = self._try(lambda: self._place.look(self._remote.call))
            if look is not None and look.over:
                return self._result_of(look)
            if look is not None:
                self._try(self._receiver.pull)
                self._note_cost()
            self._tell()
            self._wait()

    def _result_of(self, look: Look) -> Mapping[str, Any]:
        if look.result:
            return look.result
        self._try(self._receiver.pull)
        self._note_cost()
        self._change(over=True)
        raise WorkerFailure(
            "remote",
            f"{self._remote.title} ended the call without a result: {look.error}",
            _AGAIN_HINT.format(id=self._folder.id),
        )

    def _wait(self) -> None:
        """Until the next look, and longer the longer nobody answered; a stop is heard at once."""
        pause = self._look_seconds
        if self._silent_since:
            silent = time.monotonic() - self._silent_since
            pause = min(max(pause, silent / 4), PATIENCE_SECONDS)
        deadline = time.monotonic() + pause
        while time.monotonic() < deadline and not self._stop_is_news():
            self._leave_if_told()
            time.sleep(min(0.2, self._look_seconds))
        self._leave_if_told()

    def _leave_if_told(self) -> None:
        """Without a person's word, this process may go but the work may not."""
        if not self._work.stop_asked() or (self._folder.stop.exists() and not self._leaving):
            return
        raise WorkerFailure(
            "interrupted",
            f"Nobody follows this run any more; at {self._remote.title} it goes on, and costs.",
            f"`ghost runs resume {self._folder.id}` follows it again; it pays for nothing new.",
        )

    def _stop_is_news(self) -> bool:
        """Whether a person wants it to stop, and the other side does not know yet. An empty file
        may be this machine going down: its signal to us comes at the same moment."""
        if self._stop_passed_on or self._leaving or not self._folder.stop.exists():
            return False
        if read_json(self._folder.stop):
            return True
        return time.time() - self._folder.stop.stat().st_mtime > DOUBT_SECONDS

    def _pass_stop_on(self) -> None:
        if self._stop_is_news() and self._try(self._asked_to_stop):
            self._stop_passed_on = True

    def _asked_to_stop(self) -> bool:
        self._place.put(stop_key(self._folder.id, self._remote.generation), "yes")
        return True

    def _hear_shutdown(self, *_: Any) -> None:
        """The machine goes down: its supervisor leaves an empty stop file, which is no person's
        word then. One that a person left has words in it."""
        asked = read_json(self._folder.stop) or {}
        self._leaving = "asked" not in asked
        self._work.ask_stop()

    def _try(self, ask: Callable[[], Answer]) -> Answer | None:
        """The answer; None while nobody answers."""
        try:
            answer = ask()
        except Unreachable as error:
            if not self._silent_since:
                say(str(error))
                self._silent_since = time.monotonic()
            return None
        self._silent_since = 0.0
        return answer

    def _insist(self, ask: Callable[[], None]) -> None:
        """Ask until somebody answers.

        Raises:
            WorkerFailure: this process has to leave before; a resume asks again.
        """

        def asked() -> bool:
            ask()
            return True

        while not self._try(asked):
            self._wait()

    # -- telling -----------------------------------------------------------------------------------

    def _tell(self, doing: str = "") -> None:
        status = self._receiver.document("status.json")
        progress = self._receiver.document("progress.json")
        if progress.get("attempt") != status.get("attempt"):
            progress = {}
        phase = str(progress.get("phase") or status.get("phase") or "")
        if not status:
            phase = f"waiting for {self._remote.title}"
        notes = [self._remote.words, str(progress.get("note") or "")]
        if self._silent_since:
            minutes = (time.monotonic() - self._silent_since) / 60
            notes.insert(1, f"no answer for {minutes:.0f} min, it goes on there")
        self._work.progress(
            doing or phase or "starting",
            progress.get("step") if progress else status.get("step"),
            progress.get("total_steps") or status.get("total_steps"),
            " · ".join(filter(None, notes)),
        )

    def _note_cost(self) -> None:
        seconds = paid_seconds(self._receiver.document(HOURS))
        status = self._receiver.document("status.json")
        attempt = int(status.get("attempt") or self._remote.attempt)
        self._change(paid_seconds=max(seconds, self._remote.paid_seconds), attempt=attempt)

    def _change(self, **changes: Any) -> Remote:
        self._remote = change_remote(self._folder, self._remote, **changes)
        return self._remote

    # -- the end -----------------------------------------------------------------------------------

    def _conclude(self, result: Mapping[str, Any]) -> Literal["finished", "stopped"]:
        id_, error = self._folder.id, result.get("error") or {}
        if result.get("adapter"):
            self._tell("fetching the adapter")
            self._insist(lambda: self._receiver.take_adapter(result["adapter"]))
        if result["state"] == "finished":  # its call stays in force: who asks again pays nothing
            self._tidy()
            return "finished"
        self._change(over=True)
        if result.get("time_over"):
            raise WorkerFailure(
                "time_limit",
                f"The {self._remote.hours:g} hours that may be paid for at once are over;"
                " it saved and stopped.",
                f"`ghost runs resume {id_}` goes on for as long again.",
            )
        if result["state"] == "stopped" and self._folder.stop.exists():
            return "stopped"
        raise WorkerFailure(
            str(error.get("type") or "remote"),
            str(
                error.get("message") or f"It ended there as {result['state']}, not asked from here."
            ),
            str(error.get("hint") or _AGAIN_HINT.format(id=id_)),
            dict(error.get("details") or {}),
        )

    def _tidy(self) -> None:
        """All of it is here: the volume needs nothing of it any more."""
        if not self._try(self._removed):
            say("The folder on the volume may have been left there.")

    def _removed(self) -> bool:
        self._place.remove(folder_of(self._folder.id))
        return True


def _look_seconds(remote: Remote) -> float:
    return LOOK_SECONDS if remote.where == "modal" else 0.5


def main(argv: Sequence[str] | None = None) -> int:
    return run_worker(follow, argv)


if __name__ == "__main__":
    sys.exit(main())
