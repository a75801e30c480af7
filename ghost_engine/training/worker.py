"""The program that trains: `python -m ghost_engine.training.worker RUN_DIR`.

It reads the frozen configuration and rows of a run folder, loads the model, trains from the newest
whole checkpoint of its lineage or from the start, and leaves an adapter. Everything heavy is
imported inside functions, Unsloth (where it is used) before all else.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from ghost_engine.errors import TrainingError
from ghost_engine.jobs.folder import read_json, write_json
from ghost_engine.jobs.worker import Work, WorkerFailure, run_worker
from ghost_engine.training import checkpoints
from ghost_engine.training.base_model import locate
from ghost_engine.training.config import TrainingConfig, load_config
from ghost_engine.training.data import Frozen, Part, read_frozen
from ghost_engine.training.ends import bind, hear_end, is_left, leave
from ghost_engine.training.guards import is_out_of_memory
from ghost_engine.training.memory import Comparison, Measured, estimate_vram
from ghost_engine.training.pace import steps_of
from ghost_engine.training.readiness import runs_on_gpu
from ghost_engine.training.shapes import make_shape
from ghost_engine.training.together import Company, join, rank_here

if TYPE_CHECKING:
    from ghost_engine.training.callbacks import Reporter
    from ghost_engine.training.encoding import Row
    from ghost_engine.training.lengths import Length, Lengths
    from ghost_engine.training.model import Loaded
    from ghost_engine.training.trainer import Trainer

MEMORY = "memory.json"
"""In the run's folder: the predicted and the measured peak."""

_GIB = 2**30


def train(work: Work, company: Company | None = None) -> Literal["finished", "stopped"]:
    """Train the run of `work` to its last step, or to where it is asked to stop.

    Args:
        work: the run.
        company: the processes that train together; alone if None.

    Raises:
        WorkerFailure: out of memory on the card, or a loss that went wrong.
        GhostError: the configuration, the rows or the model cannot be used.
    """
    config = load_config(work.folder.config).changed(**work.attempt.overrides)
    scene = _Scene(work, company)
    with _deaths_named(scene):
        scene.say("loading", config.base_model)
        loaded = _load(config, scene)
        if scene.company.any(work.stop_asked()):
            return "stopped"
        trainer = _build(loaded, config, work, scene)
        result = _run(trainer, config, work)
        if scene.company.leads:
            _write_adapter(trainer, loaded, config, work)
            _note_memory(trainer, work)
    return result


class _Scene:
    """What is going on, for the report of a death."""

    def __init__(self, work: Work, company: Company | None = None) -> None:
        self.work = work
        self.company = company or Company()
        self.reporter: Reporter | None = None
        self._phase = "loading"

    @property
    def phase(self) -> str:
        return self.reporter.phase if self.reporter else self._phase

    def say(self, phase: str, note: str = "") -> None:
        self._phase = phase
        self.work.progress(phase, note=note)


def prepare_process(level: int = logging.INFO) -> None:
    """One card, no telemetry, plain lines in the log; before torch is imported."""
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", stream=sys.stderr)
    for name in ("httpx", "filelock", "datasets"):
        logging.getLogger(name).setLevel(logging.WARNING)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads that spin while they wait make a CPU run 20 times slower on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Cards numbered as NVML numbers them, and one of them: else the trainer would spread batches.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")


# -- before the first step ---------------------------------------------------------------------


def _load(config: TrainingConfig, scene: _Scene) -> Loaded:
    from ghost_engine.training.model import load_model

    place = locate(config.base_model)
    if place.kind == "nowhere":
        raise TrainingError(place.problem, place.hint)
    if place.kind == "hub":
        gib = place.download_bytes / _GIB
        scene.say("loading", f"downloading {config.base_model}, {gib:.1f} GiB, once")
    loaded = load_model(config, scene.say)
    scene.work.event("loaded", **loaded.describe())
    return loaded


def _build(loaded: Loaded, config: TrainingConfig, work: Work, scene: _Scene) -> Trainer:
    from ghost_engine.training.callbacks import Reporter
    from ghost_engine.training.collate import Collator
    from ghost_engine.training.trainer import Trainer

    frozen = read_frozen(work.folder.path)
    rows, lengths = _rows(frozen, "train", loaded, config, scene)
    longest = lengths.longest_kept if lengths else None
    validation, _ = _rows(frozen, "validation", loaded, config, scene)
    if scene.company.leads:
        _predict_memory(loaded, config, work, longest)
    reporter = scene.reporter = Reporter(
        work,
        config,
        judged=bool(validation),
        compiling=loaded.loader == "unsloth",
        scaled=bool(loaded.trainer_arguments.get("fp16")),
        company=scene.company,
    )
    probe = [row for row in rows if longest and str(row["id"]) == longest.id][:1]
    return Trainer(
        loaded,
        config,
        Collator(loaded.processor, config.max_seq_length, frozen.folder),
        rows,
        validation,
        reporter,
        steps_of(config, len(rows)),
        probe * config.batch_size if config.probe else (),
        [each.tokens for each in lengths.kept] if lengths else (),
    )


def _rows(
    frozen: Frozen, part: Part, loaded: Loaded, config: TrainingConfig, scene: _Scene
) -> tuple[list[Row], Lengths | None]:
    """The rows of a part that fit the context, and how long they are."""
    from ghost_engine.training.lengths import fit_rows

    found = frozen.rows(part)
    if not found:
        return [], None
    scene.say("measuring", f"lengths of {len(found)} examples ({part})")
    rows, lengths = fit_rows(found, loaded.processor, config, part)
    scene.work.event("lengths", part=part, **lengths.to_dict())
    return rows, lengths


# -- training ----------------------------------------------------------------------------------


def _run(trainer: Trainer, config: TrainingConfig, work: Work) -> Literal["finished", "stopped"]:
    folder, lineage = work.folder.checkpoints, work.attempt.lineage
    company = trainer.reporter.company
    removed = checkpoints.sweep(folder, lineage) if company.leads else []
    if removed:
        work.event("checkpoints_removed", names=removed)
    company.wait()  # nobody looks while one sweeps
    start = checkpoints.newest(folder, lineage)
    if start and start.step >= trainer.args.max_steps:
        trainer.take_up(start)
    else:
        trainer.train(resume_from_checkpoint=str(start.path) if start else None)
    if trainer.reporter.patience_over:
        work.event("early_stop", step=trainer.reporter.step)
    whole = trainer.state.global_step >= trainer.args.max_steps
    return "stopped" if trainer.reporter.stopped and not whole else "finished"


@contextmanager
def _deaths_named(scene: _Scene) -> Iterator[None]:
    """Give a full card the name that the ladder knows, with the memory at death."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise _out_of_memory(scene, error) from error


def _out_of_memory(scene: _Scene, error: Exception) -> WorkerFailure:
    import torch

    reporter = scene.reporter
    details: dict[str, Any] = {
        "phase": scene.phase,
        "step": reporter.step if reporter else None,
        "tokens": reporter.tokens_at_work if reporter else None,
        **_card_memory(torch),
    }
    several = scene.company.several
    if several:
        details["rank"] = scene.company.index
    card = f"card of process {scene.company.index}" if several else "card"
    said = str(error).split(". ", maxsplit=1)[0]
    return WorkerFailure(
        "out_of_memory",
        f"The memory of the {card} ran out while {scene.phase}: {said}."
        if several
        else f"The card's memory ran out while {scene.phase}: {said}.",
        "Lower max_seq_length or rank, or turn DoRA off.",
        details,
    )


def _card_memory(torch: Any) -> dict[str, float | None]:
    names = ("allocated_gib", "reserved_gib", "total_gib", "limit_gib")
    if not torch.cuda.is_available():
        return dict.fromkeys(names)
    total = torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory
    share = torch.cuda.get_per_process_memory_fraction()
    peaks = torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()
    values = (*peaks, total, total * share)
    return {name: round(value / _GIB, 3) for name, value in zip(names, values, strict=True)}


def _write_adapter(trainer: Trainer, loaded: Loaded, config: TrainingConfig, work: Work) -> None:
    from ghost_engine.training.adapter import write_adapter

    trainer.reporter.say("saving", "adapter")
    best = checkpoints.best(work.folder.checkpoints, work.attempt.lineage)
    steps = (trainer.state.global_step, trainer.state.max_steps)
    about = {"run": work.folder.id, "attempt": work.attempt.attempt}
    data = read_frozen(work.folder.path)
    written = write_adapter(work.folder.adapter, loaded, config, data, best, steps, about)
    work.event("adapter", **written)


# -- memory ------------------------------------------------------------------------------------


def _predict_memory(
    loaded: Loaded, config: TrainingConfig, work: Work, longest: Length | None
) -> None:
    """Write what the formula says of this very model; the measurement joins it at the end."""
    shape = make_shape(loaded.model.config.to_dict(), config.base_model)
    tokens = longest.tokens if longest else None
    known = config.changed(precision=loaded.precision)
    estimate = estimate_vram(known, shape, loader=loaded.loader, tokens=tokens)
    write_json(work.folder.path / MEMORY, {"predicted": estimate.to_dict(), "measured": None})


def _note_memory(trainer: Trainer, work: Work) -> None:
    peaks = trainer.reporter.peaks
    if "training" not in peaks:
        return
    predicted = (read_json(work.folder.path / MEMORY) or {})["predicted"]
    side_by_side = Comparison(predicted, Measured(**peaks["training"]))
    write_json(work.folder.path / MEMORY, {**side_by_side.to_dict(), "peaks": peaks})


def main(argv: Sequence[str] | None = None) -> int:
    rank = rank_here()
    if rank is None:
        prepare_process()
        return run_worker(train, argv)
    bind()
    prepare_process(logging.INFO if rank == 0 else logging.WARNING)
    met = [Company()]
    hear_end(lambda: met[0].pids)
    return run_worker(lambda work: _train_together(work, met), argv, rank=rank)


def _train_together(work: Work, met: list[Company]) -> Literal["finished", "stopped"]:
    """Train as one of several; an error that only says that another has ended is not told."""
    try:
        config = load_config(work.folder.config).changed(**work.attempt.overrides)
        met[0] = join(runs_on_gpu(config))
        return train(work, met[0])
    except Exception as error:
        if is_left(error, work.folder, work.attempt.attempt, met[0].pids):
            leave()
        raise


if __name__ == "__main__":
    sys.exit(main())
