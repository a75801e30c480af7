"""`ghost annotate`: ask a model about the screenshots that wait; or only say what that takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ghost_engine.cli.say import AsJson, mention, say, say_json

if TYPE_CHECKING:
    from ghost_engine.annotate.config import AnnotateConfig
    from ghost_engine.annotate.plan import Plan
    from ghost_engine.annotate.runs import Seen
    from ghost_engine.data.store import Store
    from ghost_engine.jobs.records import Run

Form = Literal["sql", "json", "grammar"]
_FAILURES_SHOWN = 5


def annotate(
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PICTURES...|RUN]",
            help="Pictures or folders to import first; with --resume, a run.",
        ),
    ] = None,
    provider: Annotated[
        str, typer.Option(help="gemini, ollama, llamacpp, adapter or baseline.")
    ] = "gemini",
    model: Annotated[str, typer.Option(help="One of the provider's; else its own choice.")] = "",
    form: Annotated[
        Form | None, typer.Option(help="How the model answers; else its usual way.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many screenshots.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the newest run, or the one named.")
    ] = False,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=64, help="Calls at once; 4, or 1 on this machine.")
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(min=0, help="Calls a minute; 0 for no limit.")
    ] = None,
    per_day: Annotated[int | None, typer.Option(min=0, help="Calls a day; 0 for no limit.")] = None,
    tokens_per_minute: Annotated[int | None, typer.Option(min=1, help="Tokens a minute.")] = None,
    tokens_per_day: Annotated[int | None, typer.Option(min=1, help="Tokens a day.")] = None,
    samples: Annotated[
        int, typer.Option(min=1, max=8, help="Answers to each; the best is taken.")
    ] = 1,
    domain: Annotated[
        list[str] | None, typer.Option(help="Only this domain; may be given often.")
    ] = None,
    fails: Annotated[
        bool, typer.Option("--fails", help="Only those whose text does not run.")
    ] = False,
    text: Annotated[str, typer.Option(help="Only those whose text or domain holds this.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Also those that it has answered already.")
    ] = False,
    stop_at_quota: Annotated[
        bool, typer.Option("--stop-at-quota", help="Stop at a used-up day; else wait for it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would take; nothing is sent.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Start it and return; `ghost runs` watches it.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Drafts for every screenshot without an approved answer, into the store.

    Works in the background and is watched here; Ctrl+C stops it gently, --resume goes on.
    """
    from ghost_engine.annotate.config import make_annotate_config
    from ghost_engine.annotate.plan import plan_annotation
    from ghost_engine.data.store import open_store

    if resume:
        return _resume(str(pictures[0]) if pictures else "", detach, as_json)
    limits = {"per_minute": per_minute, "per_day": per_day}
    values: dict[str, Any] = {
        "provider": provider,
        "model": model,
        "form": form,
        "limit": limit,
        "tokens_per_minute": tokens_per_minute,
        "tokens_per_day": tokens_per_day,
        "samples": samples,
        "domains": tuple(domain or ()),
        "executes": False if fails else None,
        "text": text,
        "again": again,
        "stop_at_quota": stop_at_quota,
        **({"concurrency": concurrency} if concurrency is not None else {}),
        **{name: value or None for name, value in limits.items() if value is not None},
    }
    config = make_annotate_config(values)
    with open_store() as store:
        ids = _imported(store, pictures) if pictures else None
        plan = plan_annotation(store, config, ids)
        if dry_run:
            return _tell_plan(config, plan, as_json)
        return _start(store, config, ids, plan, detach, as_json)


def told_annotation(run: Run, as_json: bool) -> int:
    """What an annotation did, on stdout."""
    from ghost_engine.annotate.runs import ended_rows, failures, read_totals

    seen = read_totals(run)
    failed = failures(ended_rows(run))
    if as_json:
        numbers = seen.to_dict() if seen else {}
        listed = [{"example": each.example, "kind": each.kind, "reason": each.reason}
                  for each in failed]  # fmt: skip
        say_json({**numbers, "failures": listed, **_about(run)})
        return 0
    if seen is None:
        say(str(run.path))
        return 0
    _show(seen)
    for each in failed[:_FAILURES_SHOWN]:
        mention(f"  example {each.example}: {each.reason}")
    if len(failed) > _FAILURES_SHOWN:
        mention(f"  and {len(failed) - _FAILURES_SHOWN} more: --json lists them.")
    return 0


def _about(run: Run) -> dict[str, Any]:
    error = run.status.error
    about = {"id": run.id, "run_dir": str(run.path), "state": run.state}
    return {**about, **({"error": error.message, "hint": error.hint} if error else {})}


def _imported(store: Store, pictures: list[Path]) -> tuple[int, ...]:
    from ghost_engine.annotate.selecting import import_pictures

    made = import_pictures(store, pictures)
    mention(f"{len(made.ids)} pictures in the store, {made.added} of them new.")
    for path, reason in made.refused:
        mention(f"  {path}: {reason}")
    return made.ids


def _start(
    store: Store,
    config: AnnotateConfig,
    ids: tuple[int, ...] | None,
    plan: Plan,
    detach: bool,
    as_json: bool,
) -> int:
    from ghost_engine.annotate.start import start_annotation
    from ghost_engine.cli.train import user

    run = start_annotation(store, config, ids=ids, by=user(), plan=plan)
    mention(f"Run {run.id}: {len(plan.selection.ids):,} screenshots, {_takes(plan)}.")
    return _watch(run, detach, as_json)


def _resume(name: str, detach: bool, as_json: bool) -> int:
    from ghost_engine.annotate.runs import annotation_runs
    from ghost_engine.cli.train import user
    from ghost_engine.errors import AnnotateError
    from ghost_engine.jobs import control
    from ghost_engine.jobs.reading import find_run

    known = [find_run(name)] if name else annotation_runs()
    ended = [each for each in known if each.state in ("stopped", "failed", "lost")]
    if not name and not ended:
        raise AnnotateError("No annotation was stopped half way.", "`ghost annotate` starts one.")
    run = control.resume((ended or known)[0], by=user())
    mention(f"Run {run.id} goes on.")
    return _watch(run, detach, as_json)


def _watch(run: Run, detach: bool, as_json: bool) -> int:
    from ghost_engine.cli.train import told, watch

    if detach:
        return told(run, as_json)
    mention("It goes on by itself. Ctrl+C stops it gently.")
    return watch(run, as_json)


def _tell_plan(config: AnnotateConfig, plan: Plan, as_json: bool) -> int:
    chosen, found = plan.selection, plan.estimate
    if as_json:
        say_json(
            {
                "provider": config.provider,
                "screenshots": len(chosen.ids),
                "skipped": chosen.skipped,
                **found.to_dict(),
                "hours": round(found.seconds / 3600, 3),
                "ready": plan.readiness.ready,
                "detail": plan.readiness.detail,
                "next_step": plan.readiness.next_step,
            }
        )
        return 0
    say(f"{len(chosen.ids):,} screenshots of {chosen.matching:,} that wait, {_takes(plan)}.")
    if chosen.answered:
        say(f"  {chosen.answered:,} left out: {config.provider} has answered them already.")
    if chosen.missing:
        say(f"  {chosen.missing:,} left out: their pictures are missing.")
    measured = found.measured_calls
    basis = f"the mean of {measured:,} earlier calls" if measured else "a guess, nothing measured"
    say(f"  {found.prompt_tokens:,} tokens asked, {found.answer_tokens:,} answered ({basis})")
    say(f"  the time comes from {found.bound_by}")
    state = "ready" if plan.readiness.ready else f"not ready: {plan.readiness.detail}"
    say(f"{config.provider} is {state}. {plan.readiness.next_step}".rstrip())
    return 0


def _takes(plan: Plan) -> str:
    found = plan.estimate
    cost = "price not known" if found.cost_usd is None else f"about ${found.cost_usd:.2f}"
    parts = (f"{found.calls:,} calls", "" if found.cost_usd == 0 else cost, _span(found.seconds))
    return ", ".join(part for part in parts if part)


def _show(seen: Seen) -> None:
    totals = seen.totals
    say(
        f"{totals.done:,} drafted, {totals.failed:,} failed, {totals.skipped:,} skipped,"
        f" {totals.left:,} left; {_span(seen.seconds)}, ${totals.cost_usd:.4f}"
    )
    if totals.invalid:
        say(f"  {totals.invalid:,} of the drafts do not run; Curate shows them first.")
    if totals.repeated:
        say(f"  {totals.repeated:,} calls were made twice, because the run was killed.")
    if seen.quota_until:
        say(f"  The day's quota is used up until {seen.quota_until:%Y-%m-%d %H:%M} UTC.")


def _span(seconds: float) -> str:
    from ghost_engine.training.story import span

    return span(seconds)
