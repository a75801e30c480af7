"""A run as one sheet of HTML: state, progress, curves, what the card holds, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from ghost_engine.export import KIND as EXPORT
from ghost_engine.export.pace import amount
from ghost_engine.export.pace import seconds_left as export_seconds_left
from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.records import Run, State
from ghost_engine.notebook.charts import ACCENT, AMBER, GREEN, GREY, Line, chart
from ghost_engine.notebook.mirror import kept_words
from ghost_engine.notebook.say import INK, Sheet, Tone, chip
from ghost_engine.training.curves import Curves, LiveCard, LiveCurves, Series
from ghost_engine.training.story import Event, span, tell
from ghost_engine.training.summary import seconds_left

MOMENTS = 6
_LONG = 300
TONES: dict[State, Tone] = {
    "preparing": "quiet",
    "queued": "quiet",
    "running": "busy",
    "finished": "good",
    "stopped": "warning",
    "failed": "bad",
    "lost": "bad",
}


class View:
    """A run as it is seen; a refresh reads what was added since the last one."""

    def __init__(self, run: Run) -> None:
        self._curves = LiveCurves(run.folder)
        self._card = LiveCard(run.folder)

    def sheet(self, run: Run) -> Sheet:
        """The run as it stands."""
        curves, events = self._curves.refresh(), read_rows(run.folder.events)
        words = progress_words(run, curves, events)
        parts = [_head(run), _bar(run, words)]
        if run.job.kind != EXPORT:
            drawn = [_losses(run, curves), _drafts(run, curves), _speed(run, curves)]
            drawn.append(_held(run, self._card.refresh()))
            parts.append(f'<div style="{_BESIDE}">{"".join(drawn)}</div>')
        parts += [_trouble(run), _story(events)]
        return Sheet("".join(parts), f"{run.id}: {run.state}. {words}")


_BESIDE = "display:flex;flex-wrap:wrap;gap:10px 28px;margin:10px 0"


def progress_words(run: Run, curves: Curves, events: Sequence[Event]) -> str:
    """Phase, step, speed, time left; of a run that has ended, how long it took."""
    status, exports = run.status, run.job.kind == EXPORT
    parts = []
    if run.state == "running":
        parts.append((status.phase or "starting").capitalize())
    if status.note and run.active:
        parts.append(status.note)
    if exports:
        parts.append(amount(status) if run.active else "")
    elif status.total_steps:
        parts.append(f"step {status.step or 0:,} of {status.total_steps:,}")
    if status.attempt > 1:
        parts.append(f"attempt {status.attempt}")
    if run.state == "running" and not exports and (speed := curves["tokens_per_second"].last):
        parts.append(f"{speed:,.0f} tokens/s")
    if (left := _left(run, curves, events)) is not None:
        parts.append(f"{span(left)} left")
    if not run.active and status.started and status.ended:
        parts.append(f"took {span((status.ended - status.started).total_seconds())}")
    return " · ".join(part for part in parts if part) or "Not started yet"


def _left(run: Run, curves: Curves, events: Sequence[Event]) -> float | None:
    if run.state != "running":
        return None
    if run.job.kind == EXPORT:
        return export_seconds_left(events, run.status)
    if run.status.phase != "training":
        return None
    now = datetime.now(UTC)
    return seconds_left(curves.recent, run.status.attempt, run.status.total_steps, now)


def _head(run: Run) -> str:
    name = escape(run.job.name or run.id)
    about = f"<small style='opacity:.75'><code>{escape(run.id)}</code></small>" * bool(run.job.name)
    state = chip(run.state.capitalize(), TONES[run.state])
    kept = escape(kept_words(run))
    return f"<div><b>{name}</b> {state} {about} <small style='opacity:.75'>{kept}</small></div>"


def _bar(run: Run, words: str) -> str:
    """How much is done, on a track that is seen on light and dark."""
    status = run.status
    share = (status.step or 0) / status.total_steps if status.total_steps else 0.0
    share = 1.0 if run.state == "finished" else min(1.0, share)
    fill = f"width:{share:.1%};height:100%;background:{INK[TONES[run.state]]}"
    track = "height:6px;border-radius:3px;overflow:hidden;background:#8b93a055;margin:8px 0 4px"
    return f'<div style="{track}"><div style="{fill}"></div></div><div>{escape(words)}</div>'


def _losses(run: Run, curves: Curves) -> str:
    loss = curves["loss"]
    lines = [
        Line("each step", loss, GREY, 0.9),
        Line("smoothed", loss.smoothed(), ACCENT, 2.2),
        Line("validation", curves["eval_loss"], AMBER, 2, dots=True),
    ]
    return chart("Loss", lines, until=run.status.total_steps, top=_ceiling(loss))


def _ceiling(loss: Series) -> float | None:
    """The upper end of a long run's losses: its first steps would press all others flat."""
    if len(loss) < _LONG:
        return None
    return float(1.1 * loss.y[len(loss) // 50 :].max()) or None


def _drafts(run: Run, curves: Curves) -> str:
    lines = [
        Line("share that runs", curves["valid_share"], GREEN, 2, dots=True),
        Line("score", curves["score"], ACCENT, 2, dots=True),
    ]
    until = run.status.total_steps
    return chart("Validation drafts", lines, until=until, bottom=0.0, top=1.0)


def _speed(run: Run, curves: Curves) -> str:
    lines = [Line("tokens/s", curves["tokens_per_second"], width=1.4)]
    return chart("Speed", lines, until=run.status.total_steps, bottom=0.0)


def _held(run: Run, card: Curves) -> str:
    """What the card holds, by the minute since the first sample."""
    title, used = "Card memory, GiB", card["used_gib"]
    if not run.job.sampler:
        return chart(title, [], empty="This run is on the processor: there is no card to watch.")
    begin = float(used.x[0]) if len(used) else 0.0
    lines = [
        Line(name, Series((card[key].x - begin) / 60, card[key].y), colour)
        for name, key, colour in (("in use", "used_gib", ACCENT), ("by us", "process_gib", GREEN))
    ]
    total = card["total_gib"].last
    limits = {"the card's": total} if total else {}
    return chart(title, lines, bottom=0.0, limits=limits, axis="min")


def _trouble(run: Run) -> str:
    error = run.status.error
    if error is None or run.active:
        return ""
    words = f"<b>{escape(error.message)}</b><br>{escape(error.hint)}"
    style = f"border-left:3px solid {INK['bad']};padding:4px 10px;margin:8px 0"
    return f'<div style="{style}">{words}</div>'


def _story(events: Sequence[Event]) -> str:
    """The last things that happened."""
    lines = []
    for moment in tell(events)[-MOMENTS:]:
        at = f"{moment.time.astimezone():%H:%M:%S}"
        line = f"<small style='opacity:.75'>{at}</small> {escape(moment.words)}"
        lines.append(f"<div>{line}</div>")
    return "".join(lines)
