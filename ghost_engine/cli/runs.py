"""`ghost runs`: every kind of background job, from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghost_engine.cli.say import AsJson, mention, say, say_json
from ghost_engine.export import KIND as EXPORT
from ghost_engine.export.pace import amount

if TYPE_CHECKING:
    from ghost_engine.jobs.records import Run

app = typer.Typer(help="Background jobs: training and all others.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="An id, a part of one, or a run's folder.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, parts of ids, or folders.")]

_EVENTS_SHOWN = 12
_LOG_LINES = 10
_NUMBERS = {
    "loss": ".3f",
    "eval_loss": ".3f",
    "valid_share": ".0%",
    "score": ".2f",
    "tokens_per_second": ",.0f",
    "vram_allocated_gib": ".2f",
    "vram_reserved_gib": ".2f",
}


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as train.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> int:
    """All runs, newest first."""
    from ghost_engine.jobs.reading import list_runs, runs_dir

    every = list_runs(kind=kind)
    runs = every[:limit]
    if as_json:
        say_json({"runs": [_document(run) for run in runs], "total": len(every)})
        return 0
    if not runs:
        mention(f"There are no runs in {runs_dir()}. `ghost train` makes one.")
        return 0
    heads = ("run", "kind", "state", "step", "loss", "eval loss", "valid", "score", "begun")
    _print_table(heads, [_row(run) for run in runs], right=range(3, 8))
    if len(every) > len(runs):
        mention(f"and {len(every) - len(runs)} older; --limit {len(every)} shows all.")
    return 0


@app.command()
def show(
    run_id: Id,
    log: Annotated[int, typer.Option(min=0, help="So many last lines of the log.")] = 0,
    as_json: AsJson = False,
) -> int:
    """One run: its settings, attempts, events and numbers."""
    from ghost_engine.jobs.folder import read_rows
    from ghost_engine.jobs.log import log_tail
    from ghost_engine.training.summary import settings_of

    run = _find(run_id)
    events = read_rows(run.folder.events)
    settings = settings_of(run)
    if as_json:
        say_json(
            {
                **_document(run),
                "config": settings,
                "attempts": _attempts(events),
                "events": events,
                "log": log_tail(run.folder.log, log) if log else [],
            }
        )
        return 0
    _show_state(run)
    _show_pairs("settings", {key: _short(value) for key, value in settings.items()})
    say("events")
    if len(events) > _EVENTS_SHOWN:
        say(f"  ({len(events) - _EVENTS_SHOWN} earlier: --json)")
    for event in events[-_EVENTS_SHOWN:]:
        say(f"  {_event_line(event)}")
    shown = log or (_LOG_LINES if run.state in ("failed", "lost") else 0)
    if shown:
        say("log")
        for line in log_tail(run.folder.log, shown):
            say(f"  {line}")
    return 0


@app.command()
def follow(run_id: Id, as_json: AsJson = False) -> int:
    """Watch a run to its end; Ctrl+C saves and stops it."""
    from ghost_engine.cli.train import watch

    return watch(_find(run_id), as_json)


@app.command()
def stop(
    run_ids: Ids,
    now: Annotated[
        bool, typer.Option("--now", help="Kill it; what is not in a checkpoint is lost.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Let runs finish their step, save and stop."""
    from ghost_engine.jobs import control

    def act(run: Run) -> Run:
        return control.kill(run) if now else control.stop(run)

    def words(run: Run) -> str:
        return f"{run.id}: " + ("asked to stop; it saves first" if run.active else run.state)

    return _each(run_ids, act, words, as_json)


@app.command()
def resume(run_ids: Ids, as_json: AsJson = False) -> int:
    """Go on from the last checkpoint, in the background."""
    from ghost_engine.cli.train import user
    from ghost_engine.jobs import control

    def act(run: Run) -> Run:
        return control.resume(run, by=user())

    return _each(run_ids, act, lambda run: f"{run.id}: {run.state}", as_json)


@app.command()
def delete(
    run_ids: Ids,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> int:
    """Remove runs with their checkpoints and adapters. There is no way back."""
    from ghost_engine.jobs import control

    runs = _distinct(run_ids)
    named = ", ".join(run.id for run in runs)
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter(f"add --yes to delete {named}.")
        size = sum(_bytes(run) for run in runs)
        noun = "run" if len(runs) == 1 else "runs"
        asked = f"Delete {len(runs)} {noun}, {size / 1e6:,.1f} MB: {named}?"
        typer.confirm(asked, abort=True, err=True)
    for run in runs:
        control.delete(run)
    if as_json:
        say_json({"deleted": [run.id for run in runs]})
    else:
        mention(f"Deleted: {named}.")
    return 0


@app.command()
def compare(run_ids: Ids, as_json: AsJson = False) -> int:
    """Runs side by side: the settings in which they differ, and their numbers."""
    from ghost_engine.training.summary import compare_runs

    runs = _distinct(run_ids)
    if len(runs) < 2:
        raise typer.BadParameter("name two runs or more.")
    found = compare_runs(runs)
    if as_json:
        say_json({**found.to_dict(), "runs": [_document(run) for run in runs]})
        return 0
    rows = [("state", *(run.state for run in runs))]
    for name, numbers in found.metrics.items():
        rows.append((name, *(_number(name, numbers[one]) for one in found.ids)))
    for name, values in found.settings.items():
        rows.append((name, *(_short(values[one]) for one in found.ids)))
    _print_table(("", *found.ids), rows)
    if not found.settings:
        mention("They have the same settings.")
    return 0


def _each(
    run_ids: Sequence[str], act: Callable[[Run], Run], words: Callable[[Run], str], as_json: bool
) -> int:
    """Does it to each run; one run is the document, more are a list."""
    done = [act(run) for run in _distinct(run_ids)]
    if as_json:
        documents = [_document(run) for run in done]
        say_json({**(documents[0] if len(done) == 1 else {}), "runs": documents})
        return 0
    for run in done:
        mention(words(run))
    return 0


def _find(run_id: str) -> Run:
    from ghost_engine.jobs.reading import find_run

    return find_run(run_id)


def _distinct(run_ids: Sequence[str]) -> list[Run]:
    """The runs named, each once, in order; nothing is done to any if one is unknown."""
    return list({run.id: run for run in (_find(one) for one in run_ids)}.values())


def _document(run: Run) -> dict[str, Any]:
    return {**run.to_dict(), "metrics": _numbers(run)}


def _numbers(run: Run) -> dict[str, float]:
    from ghost_engine.jobs.metrics import read_metrics
    from ghost_engine.training.summary import summarize

    return summarize(read_metrics(run.folder))


def _row(run: Run) -> tuple[str, ...]:
    status, numbers = run.status, _numbers(run)
    state = f"{run.state} ({run.queue_position})" if run.queue_position else run.state
    step = f"{status.step or 0}/{status.total_steps}" if status.total_steps else ""
    if run.job.kind == EXPORT:
        step = amount(status) if run.state != "finished" else ""
    shown = (
        _number(name, numbers.get(name)) for name in ("loss", "eval_loss", "valid_share", "score")
    )
    return (run.id, run.job.kind, state, step, *shown, ago(run.job.created, datetime.now(UTC)))


def _attempts(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was tried, and how each ended, from the events."""
    found: dict[int, dict[str, Any]] = {}
    for event in events:
        name, number = event.get("event"), event.get("attempt")
        if not isinstance(number, int) or name not in (
            "attempt_started",
            "started",
            "attempt_ended",
        ):
            continue
        rest = {key: event[key] for key in event if key not in ("event", "attempt", "time")}
        one = found.setdefault(number, {"attempt": number})
        one |= rest
        if name == "attempt_started":
            one["began"] = event.get("time")
        elif name == "attempt_ended":
            one["ended"] = event.get("time")
    return list(found.values())


def _show_state(run: Run) -> None:
    from ghost_engine.cli.follow import ending

    status, job = run.status, run.job
    say(f"{run.id}  {run.state}{f': {status.phase}' if run.active and status.phase else ''}")
    say(f"  {run.path}")
    by = f" by {job.by}" if job.by else ""
    say(f"  {job.kind}, begun {ago(job.created, datetime.now(UTC))}{by}, attempt {status.attempt}")
    if status.total_steps and job.kind != EXPORT:
        say(f"  step {status.step or 0} of {status.total_steps}")
    if run.state in ("failed", "lost"):
        say(f"  {ending(run)}")
    numbers = {name: _number(name, value) for name, value in _numbers(run).items()}
    _show_pairs("numbers", {name: text for name, text in numbers.items() if name != "step"})


def _show_pairs(title: str, values: dict[str, str]) -> None:
    if not values:
        return
    width = max(len(name) for name in values)
    say(title)
    for name, text in values.items():
        say(f"  {name:{width}}  {text}")


def _event_line(event: dict[str, Any]) -> str:
    rest = {
        key: value
        for key, value in event.items()
        if key not in ("time", "attempt", "event")
        and isinstance(value, str | int | float)
        and value
    }
    said = ", ".join(f"{key} {_short(value)}" for key, value in rest.items())
    line = f"{str(event.get('time'))[:19]}  {event.get('attempt')}  {event.get('event')}  {said}"
    return line.rstrip()


def _number(name: str, value: float | None) -> str:
    return "" if value is None else format(value, _NUMBERS.get(name, ""))


def _short(value: Any) -> str:
    if isinstance(value, list):
        text = ",".join(str(one) for one in value)
    elif isinstance(value, float):
        text = f"{value:.6g}"
    else:
        text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 100 else text[:97] + "..."


def _bytes(run: Run) -> int:
    from ghost_engine.jobs.control import folders_elsewhere

    places = (run.path, *folders_elsewhere(run))
    files = (path for place in places for path in place.rglob("*") if path.is_file())
    return sum(path.lstat().st_size for path in files)


def _print_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], right: Iterable[int] = ()
) -> None:
    """Columns as wide as their longest text; those of numbers to the right."""
    numeric = set(right)
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    for row in (heads, *rows):
        cells = (
            text.rjust(width) if at in numeric else text.ljust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        say("  ".join(cells).rstrip())


def ago(then: datetime, now: datetime) -> str:
    """2 min ago, in its largest unit."""
    seconds = max(0.0, (now - then).total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now"
