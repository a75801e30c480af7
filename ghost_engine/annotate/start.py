"""Start an annotation in the background: its caller is not needed any more."""

from __future__ import annotations

from collections.abc import Sequence

from ghost_engine.annotate.config import AnnotateConfig
from ghost_engine.annotate.ledger import CHOSEN
from ghost_engine.annotate.plan import Plan, plan_annotation
from ghost_engine.annotate.runs import KIND, annotation_runs
from ghost_engine.data.store import Store
from ghost_engine.errors import AnnotateError, EngineUnavailable
from ghost_engine.jobs.folder import RunFolder, write_json
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.records import Run

WORKER = "ghost_engine.annotate.worker"


def start_annotation(
    store: Store,
    config: AnnotateConfig,
    *,
    ids: Sequence[int] | None = None,
    by: str = "",
    request: str = "",
    plan: Plan | None = None,
) -> Run:
    """Ask in the background; returns the job at once.

    Args:
        store: where the screenshots are, as this process's settings name it.
        config: frozen into the job, with the examples that are chosen now.
        ids: these examples alone.
        by: who asked for it.
        request: one word for one click: a second start with the same one gives the first's run.
        plan: of this configuration, where it was made a moment ago.

    Raises:
        AnnotateError: there is nothing to ask about, or a run asks this engine already.
        EngineUnavailable: it is not ready; says the next step.
        JobError: the job cannot be made.
    """
    known = next((run for run in annotation_runs() if request and run.job.request == request), None)
    if known is not None:
        return known
    found = plan or plan_annotation(store, config, ids)
    _check(config, found)
    return launch(
        KIND,
        WORKER,
        config.to_yaml(),
        name=config.provider,
        by=by,
        request=request,
        fill=lambda folder: _keep_chosen(folder, found),
    )


def _check(config: AnnotateConfig, plan: Plan) -> None:
    if not plan.readiness.ready:
        raise EngineUnavailable(
            f"{config.provider} is not ready: {plan.readiness.detail}.", plan.readiness.next_step
        )
    if plan.at_work:
        raise AnnotateError(
            f"{config.provider} is being asked already, by run {plan.at_work}.",
            f"Wait for it, or `ghost runs stop {plan.at_work}`.",
        )
    if not plan.selection.ids:
        raise AnnotateError(*nothing_to_ask(config, plan))


def nothing_to_ask(config: AnnotateConfig, plan: Plan) -> tuple[str, str]:
    """Why no screenshot is left, and what to do."""
    chosen = plan.selection
    if not chosen.matching:
        return (
            "No screenshot waits for a draft.",
            "Import some (`ghost annotate FOLDER`), or choose other states.",
        )
    if chosen.answered:
        return (
            f"{config.provider} has answered all {chosen.answered:,} of them already.",
            "Ask again with --again, or ask another engine.",
        )
    return (f"The pictures of all {chosen.missing:,} are missing.", "Import them again.")


def _keep_chosen(folder: RunFolder, plan: Plan) -> None:
    chosen = plan.selection
    write_json(folder.path / CHOSEN, {"ids": list(chosen.ids), "skipped": chosen.skipped})
