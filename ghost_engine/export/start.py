"""Start an export, and find those that were started.

`start_export` looks at what stands in the way, then hands the work to the background: its caller is
not needed any more. Loads no torch.
"""

from __future__ import annotations

from pathlib import Path

from ghost_engine.errors import ConfigError, ExportError
from ghost_engine.export import KIND, place
from ghost_engine.export.base import check_hub
from ghost_engine.export.config import ExportConfig, read_export_config
from ghost_engine.export.ledger import Ledger, write_ledger
from ghost_engine.export.plan import Plan, plan_export
from ghost_engine.export.result import FILE, Export, read_export
from ghost_engine.export.subject import check_files
from ghost_engine.jobs.folder import RunFolder, write_json
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.reading import list_runs
from ghost_engine.jobs.records import Run

WORKER = "ghost_engine.export.worker"


def start_export(
    config: ExportConfig, *, by: str = "", request: str = "", plan: Plan | None = None
) -> Run:
    """Export in the background; returns the job at once.

    Args:
        config: what to export, into what and where; frozen into the job.
        by: who asked for it.
        request: one word for one click: a second start with the same one gives the first's job.
        plan: of this configuration, where it was made a moment ago.

    Raises:
        ExportError: something stands in the way; the first such thing, with the next step.
        JobError: the job cannot be made.
    """
    known = _known(request)
    if known is not None:
        return known
    found = plan or plan_export(config)
    if found.problems:
        first = found.problems[0]
        raise ExportError(first.message, first.hint)
    check_files(Path(config.adapter))
    config = _anchored(config)
    if found.base_folder is None and found.download_bytes:
        check_hub(config.base)

    return launch(
        KIND,
        WORKER,
        config.to_yaml(),
        name=config.name,
        by=by,
        request=request,
        fill=lambda folder: _claim(config, folder, found.high_water_bytes),
    )


def exports_of(run_id: str) -> tuple[Run, ...]:
    """The exports of a run's adapter, newest first."""
    jobs = list_runs(kind=KIND)
    return tuple(job for job in jobs if (config := config_of(job)) and config.run == run_id)


def config_of(job: Run) -> ExportConfig | None:
    """What an export was asked; None where that cannot be read."""
    try:
        return read_export_config(job.folder.config)
    except ConfigError:
        return None


def read_result(job: Run) -> Export | None:
    """What an export made; None until it has finished."""
    return read_export(job.path / FILE)


def _known(request: str) -> Run | None:
    """The job of a click that came before: its own files must not stand in its way."""
    if not request:
        return None
    jobs = list_runs(kind=KIND, start_queued=False)
    return next((job for job in jobs if job.job.request == request), None)


def _anchored(config: ExportConfig) -> ExportConfig:
    """With whole paths: the job outlives the shell whose folder they began in."""
    base = Path(config.base).expanduser()
    return config.model_copy(
        update={
            "out": str(config.folder.absolute()),
            "base": str(base.absolute()) if base.is_dir() else config.base,
        }
    )


def _claim(config: ExportConfig, job: RunFolder, announced: int) -> None:
    """The folder for the parts is there from the start, so that others see who writes where; it
    is noted for whoever deletes the job."""
    partial = place.partial_folder(config, job.id)
    write_json(job.elsewhere, {"folders": [str(partial)]})
    write_ledger(job.path, Ledger(planned_bytes=announced))
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise ExportError(
            f"{config.folder} cannot be written: {error.strerror or error}.",
            "Name another folder with --out.",
        ) from error
