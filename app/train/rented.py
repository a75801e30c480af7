"""What the page says of a run on a rented machine: where it is, its cost, what may go on there."""

from __future__ import annotations

from app.components.words import plain
from ghost_engine.jobs.records import Run
from ghost_engine.training.remote.gpus import DEFAULT, NO_GPU
from ghost_engine.training.remote.places import INSTALL, has_modal
from ghost_engine.training.remote.record import Remote, read_remote


def words(run: Run, far: Remote) -> str:
    """Where it runs and its cost so far, in Markdown, with the place's own page if it has one."""
    said = plain(far.words)
    said = f":material/cloud: [{said}]({far.page})" if far.page else f":material/cloud: {said}"
    if far.cancel_owed:
        return f"{said} · :red[may still run there: end it on its page]"
    if not run.active and far.call and not far.over and run.state != "finished":
        return (
            f"{said} · :orange[may still run there: *Resume* follows it and pays for nothing new]"
        )
    return said


def has_card(run: Run) -> bool:
    """Whether a card is watched in this run, here or there."""
    far = read_remote(run.folder)
    return bool(run.job.sampler) if far is None else far.gpu != NO_GPU


def way_out(line: str) -> tuple[str, str]:
    """A sentence for who has no card, and the line that rents one.

    Args:
        line: what starts the same run on this machine.
    """
    said = f"Or rent one by the minute: {DEFAULT} at Modal, followed on this page like a run here."
    if not has_modal():
        said += f" Once before: `{INSTALL}`, then `modal setup`."
    return said, f"{line} --on modal --gpu {DEFAULT}"
