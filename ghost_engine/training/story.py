"""A run's events in words: what happened, in order, for people; and how long each phase took.

Reads rows of events.jsonl as they are, of any age: what it does not know is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ghost_engine.training.death import amount, place

Event = Mapping[str, Any]
Tone = Literal["plain", "good", "warning", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened. Quiet ones come many times: checkpoints, validations."""

    time: datetime
    attempt: int
    kind: str
    words: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of an attempt; `seconds` is None while it lasts."""

    attempt: int
    name: str
    seconds: float | None


def tell(events: Iterable[Event]) -> list[Moment]:
    """The events in words, oldest first."""
    told = []
    for event in events:
        say = _SAY.get(str(event.get("event")))
        time = _time(event)
        if say is None or time is None:
            continue
        words, tone = say(event)
        if words:
            told.append(Moment(time, _attempt(event), str(event["event"]), words, tone))
    return told


def phases(events: Iterable[Event]) -> list[Phase]:
    """How long each attempt waited, loaded, got ready and trained."""
    found: list[Phase] = []
    name, since, attempt = "", None, 0
    for event in events:
        time, begins = _time(event), _BEGINS.get(str(event.get("event")))
        if time is None or begins is None:
            continue
        if name and since is not None:
            found.append(Phase(attempt, name, max(0.0, (time - since).total_seconds())))
        name, since, attempt = begins, time, _attempt(event)
    if name:
        found.append(Phase(attempt, name, None))
    return found


def last_warning(events: Sequence[Event]) -> str:
    """What the last attempt began with, if that was out of memory; "" otherwise."""
    for event in reversed(events):
        if event.get("event") == "decision":
            error = event.get("error") or {}
            return str(error.get("type")) if isinstance(error, dict) else ""
        if event.get("event") in ("resumed", "queued"):
            return ""
    return ""


def span(seconds: float) -> str:
    """A duration in its two largest units."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


# -- each event's words ------------------------------------------------------------------------


def _began(event: Event) -> tuple[str, Tone]:
    number = _attempt(event)
    if number <= 1:
        return "The first attempt begins.", "plain"
    reason = str(event.get("reason") or "")
    why = " after a resume" if reason == "resumed" else ""
    changed = ", ".join(f"{key}={value}" for key, value in (event.get("overrides") or {}).items())
    return f"Attempt {number} begins{why}{f', with {changed}' if changed else ''}.", "plain"


def _started(event: Event) -> tuple[str, Tone]:
    total = event.get("total_steps")
    of = f" of {total:,}" if isinstance(total, int) else ""
    step = event.get("from_step") or 0
    begins = f"Goes on from step {_count(step)}" if step else "Starts at step 0"
    return f"{begins}{of}.", "plain"


def _loaded(event: Event) -> tuple[str, Tone]:
    trained = event.get("trainable")
    weights = f", {trained / 1e6:,.1f} million weights to train" if trained else ""
    words = f"The model is loaded: {event.get('loader')} loader, {event.get('device')}"
    return f"{words}, {event.get('precision')}{weights}.", "plain"


def _lengths(event: Event) -> tuple[str, Tone]:
    dropped = event.get("dropped") or []
    longest = (event.get("longest") or {}).get("tokens")
    part = {"train": "training"}.get(str(event.get("part")), event.get("part"))
    words = f"{_count(event.get('kept'))} examples for {part}"
    if longest:
        words += f", the longest {_count(longest)} of {_count(event.get('limit'))} tokens"
    if dropped:
        return f"{words}; {len(dropped):,} too long are left out.", "warning"
    return f"{words}.", "plain"


def _probed(event: Event) -> tuple[str, Tone]:
    peak, seconds = event.get("reserved_gib"), event.get("seconds")
    took = f", {seconds:.1f} s" if isinstance(seconds, int | float) else ""
    held = f", {peak:.1f} GiB" if isinstance(peak, int | float) else ""
    tried = f"{_count(event.get('tokens'))} tokens{took}{held}"
    return f"The longest example was tried: {tried}.", "plain"


def _checkpoint(event: Event) -> tuple[str, Tone]:
    return f"Checkpoint of step {_count(event.get('step'))}.", "quiet"


def _evaluation(event: Event) -> tuple[str, Tone]:
    parts = [f"Validation at step {_count(event.get('step'))}"]
    for name, form in (("eval_loss", "loss {:.3f}"), ("valid_share", "{:.0%} of the drafts run"),
                       ("score", "score {:.2f}")):  # fmt: skip
        if isinstance(event.get(name), int | float):
            parts.append(form.format(event[name]))
    return ", ".join(parts) + ".", "quiet"


def _out_of_memory(event: Event) -> tuple[str, Tone]:
    return f"The card's memory ran out{place(event)}{amount(event)}.", "bad"


def _decision(event: Event) -> tuple[str, Tone]:
    return str(event.get("reason") or ""), "warning"


def _ended(event: Event) -> tuple[str, Tone]:
    """Ends that nothing else tells: an attempt that failed, and one that was killed."""
    if event.get("killed"):
        return f"Attempt {_attempt(event)} was killed.", "warning"
    if event.get("result") != "failed":
        return "", "plain"
    message = (event.get("error") or {}).get("message", "")
    return f"Attempt {_attempt(event)} failed: {message}", "bad"


def _adapter(event: Event) -> tuple[str, Tone]:
    step = _count(event.get("step"))
    return f"The adapter is written: the {event.get('which')} one, of step {step}.", "good"


def _resumed(event: Event) -> tuple[str, Tone]:
    by = str(event.get("by") or "")
    return f"Resumed{f' by {by}' if by else ''}.", "plain"


def _failed(event: Event) -> tuple[str, Tone]:
    error = event.get("error") or {}
    return f"Failed: {error.get('message', '')} {error.get('hint', '')}".strip(), "bad"


def _remote_started(event: Event) -> tuple[str, Tone]:
    gpu = event.get("gpu")
    machine = "a machine without a card" if gpu == "none" else f"a machine with {gpu}"
    return f"Handed over to {event.get('where')}, which is asked for {machine}.", "plain"


def _remote_followed(event: Event) -> tuple[str, Tone]:
    return f"Followed again at {event.get('where')}; nothing new is paid for.", "plain"


def _remote_ended(event: Event) -> tuple[str, Tone]:
    return f"Ended there as {event.get('state')}: {event.get('words')}.", "plain"


def _saying(words: str, tone: Tone = "plain") -> Callable[[Event], tuple[str, Tone]]:
    return lambda _: (words, tone)


_SAY: dict[str, Callable[[Event], tuple[str, Tone]]] = {
    "queued": _saying("Queued."),
    "attempt_started": _began,
    "loaded": _loaded,
    "lengths": _lengths,
    "probe": _probed,
    "started": _started,
    "checkpoint": _checkpoint,
    "evaluation": _evaluation,
    "out_of_memory": _out_of_memory,
    "decision": _decision,
    "attempt_ended": _ended,
    "early_stop": _saying("Validation no longer gets better: that is enough.", "plain"),
    "adapter": _adapter,
    "stop_asked": _saying("Asked to stop; it saves first.", "warning"),
    "lost": _saying("Was lost: nobody looked after it any more.", "bad"),
    "resumed": _resumed,
    "remote_started": _remote_started,
    "remote_followed": _remote_followed,
    "remote_ended": _remote_ended,
    "finished": _saying("Finished.", "good"),
    "stopped": _saying("Stopped.", "warning"),
    "failed": _failed,
}
_BEGINS = {
    "queued": "waiting",
    "attempt_started": "loading",
    "loaded": "measuring",
    "started": "training",
    "adapter": "closing",
    "attempt_ended": "",
    "lost": "",
    "finished": "",
    "stopped": "",
    "failed": "",
}


def _count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else "?"


def _attempt(event: Event) -> int:
    number = event.get("attempt")
    return number if isinstance(number, int) else 0


def _time(event: Event) -> datetime | None:
    try:
        return datetime.fromisoformat(str(event.get("time")))
    except ValueError:
        return None
