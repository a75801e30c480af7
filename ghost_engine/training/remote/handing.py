"""Hand a frozen run over to a place, once: `hand_over` finds the call with the work, or makes one.

What is paid for is counted in generations. Within one, any number of followers meet the same call:
by the record here, by the claim on the board, or by a container that finds the claim taken.
"""

from __future__ import annotations

from pathlib import Path

from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.status import read_job
from ghost_engine.jobs.worker import Work
from ghost_engine.training.remote.place import Order, Place, claim_key, folder_of, stop_key
from ghost_engine.training.remote.record import Remote, change_remote


def hand_over(work: Work, place: Place, remote: Remote, sync_seconds: float) -> Remote | None:
    """The record with a call that does the work; None if a stop came before anything was paid for.

    Raises:
        TrainingError: the place says no, or nothing at all.
    """
    folder = work.folder
    if remote.over:
        again = remote.generation + 1
        remote = change_remote(folder, remote, generation=again, call="", over=False)
    call = remote.call or place.get(claim_key(folder.id, remote.generation))
    if not call and work.stop_asked():
        return None
    word = stop_key(folder.id, remote.generation)
    if call:
        place.put(word, "no")
        work.event("remote_followed", where=remote.title, call=call)
        return change_remote(folder, remote, call=call, page=place.page(call))
    work.progress("handing over", note=f"to {remote.title}")
    place.upload(_files(folder))
    place.put(word, "no")
    work.progress("handing over", note=f"asking {remote.title} for {remote.gpu}")
    call = place.start(_order(folder, remote, sync_seconds))
    # From here on somebody pays: the call is written down before anything else can happen. If even
    # that is cut off, the container's claim on the board tells whose the work is.
    page = place.page(call)
    remote = change_remote(folder, remote, call=call, page=page, cancel_owed=False)
    work.event("remote_started", where=remote.title, gpu=remote.gpu, call=call)
    return remote


def _files(folder: RunFolder) -> list[tuple[Path, str]]:
    """What the other side needs, and where: the configuration and the rows, nothing else."""
    frozen = [path for path in sorted(folder.dataset.rglob("*")) if path.is_file()]
    under = folder_of(folder.id)
    return [
        (path, f"{under}/{path.relative_to(folder.path).as_posix()}")
        for path in (folder.config, *frozen)
    ]


def _order(folder: RunFolder, remote: Remote, sync_seconds: float) -> Order:
    job = read_job(folder)
    return Order(
        folder.id,
        remote.generation,
        remote.hours * 3600,
        job.name if job else "",
        job.by if job else "",
        remote.gpu,
        remote.gpus,
        remote.secret,
        remote.worker,
        sync_seconds,
    )
