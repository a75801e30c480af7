"""Start a training run: look at what is missing, freeze the data, hand it to the background.

`start` is what the command line and the page call. Once it has returned, nothing of the caller is
needed any more: the run goes on by itself, and its folder tells how.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ghost_engine.errors import TrainingError
from ghost_engine.hardware import survey
from ghost_engine.jobs.launch import launch
from ghost_engine.jobs.records import Run
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.data import Step, freeze
from ghost_engine.training.readiness import lacks, runs_on_gpu

KIND = "train"
WORKER = "ghost_engine.training.worker"
RECOVER = "ghost_engine.training.ladder:recover"
SEVERAL = "ghost_engine.training.several"
"""The worker of a run on several cards: it starts one of the other kind on each."""
SAMPLER = "ghost_engine.hardware:sample"
SAMPLER_OF_EACH = "ghost_engine.hardware:sample_each"


def start(
    config: TrainingConfig,
    *,
    name: str = "",
    by: str = "",
    request: str = "",
    image_root: Path | None = None,
    force: bool = False,
    progress: Callable[[Step], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Run:
    """Start training in the background; returns once the data is frozen and the run queued.

    Args:
        config: what to train, on what and how; frozen into the run.
        name: for people; part of the run's id.
        by: who asked for it.
        request: one word for one click: a second start with the same one gives the first's run.
        image_root: where picture paths of the dataset are tried first.
        force: start although something seems to be missing on this machine.
        progress: told how far freezing is.
        cancelled: asked while freezing; nothing is left behind if it says so.

    Raises:
        TrainingError: something is missing on this machine; names it and the next step.
        DatasetError: there is nothing to train on.
        JobError: the run's folder cannot be made.
        Cancelled: `cancelled` said so.
    """
    there = survey()
    found = () if force else lacks(config, there)
    if found:
        raise TrainingError(" ".join(each.message for each in found), found[0].hint)
    on_gpu = runs_on_gpu(config, there)
    alone = config.gpus == 1
    sampler = SAMPLER if alone else SAMPLER_OF_EACH
    return launch(
        KIND,
        WORKER if alone else SEVERAL,
        config.to_yaml(),
        name=name,
        gpu=on_gpu,
        recover=RECOVER,
        sampler=sampler if on_gpu else "",
        by=by,
        request=request,
        fill=lambda folder: freeze(
            config, folder.path, image_root=image_root, progress=progress, cancelled=cancelled
        ),
    )
