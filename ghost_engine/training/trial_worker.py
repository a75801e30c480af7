"""The program that answers a trial: `python -m ghost_engine.training.trial_worker JOB_DIR`.

It loads the base model once, with the adapter of the training run, and writes twice: with the
adapter switched off, and with it. The prompt is made as for training and the drafts are judged by
PostgreSQL. Everything heavy is imported inside functions.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ghost_engine.data.images import read_picture
from ghost_engine.errors import SandboxError, TrainingError
from ghost_engine.jobs.folder import RunFolder, append_row, read_json, read_rows
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.worker import Work, WorkerFailure, run_worker
from ghost_engine.sql import check
from ghost_engine.training.asking import instruction_of, load_with_adapter
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.guards import is_out_of_memory
from ghost_engine.training.trial import (
    ANSWERS,
    FOLDER,
    PICTURE,
    QUESTION,
    WHO,
    Answer,
    Who,
    read_wishes,
    settings_of_adapter,
)
from ghost_engine.training.worker import prepare_process

if TYPE_CHECKING:
    from ghost_engine.training.encoding import Encoded
    from ghost_engine.training.model import Loaded

# The layout is asked for with an answer, as in training; the prompt before it does not depend on
# what it says.
_SOME_ANSWER = "CREATE"
_WORDS: dict[Who, str] = {"base": "the base model", "adapter": "the adapter"}


def answer(work: Work) -> Literal["finished", "stopped"]:
    """Ask the base model and the adapter the question of `work`; those that answered before are
    not asked again.

    Raises:
        WorkerFailure: out of memory on the card.
        GhostError: the training run, its adapter or its base model cannot be used.
    """
    run_path, new_tokens = read_wishes(work.folder)
    place = run_path / FOLDER / work.folder.id
    config = settings_of_adapter(read_run(run_path))
    if config is None or not (place / QUESTION).is_file():
        raise TrainingError(f"{run_path.name} has no adapter, or not this question.", "Ask again.")
    known = {row.get("who") for row in read_rows(place / ANSWERS)}
    wanted = [who for who in WHO if who not in known]
    try:
        loaded = _load(config, RunFolder(run_path), work)
        encoded = _encode(run_path, place, config, loaded)
        for number, who in enumerate(wanted):
            counted = _Counted(work, who, number * new_tokens, len(wanted) * new_tokens)
            given = _write(loaded, encoded, who, new_tokens, counted.stop)
            if work.stop_asked():
                return "stopped"
            append_row(place / ANSWERS, given.to_dict())
            work.event("answered", **given.to_dict())
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise WorkerFailure(
            "out_of_memory",
            f"The card's memory ran out: {str(error).split('. ', maxsplit=1)[0]}.",
            "Wait until nothing else is on the card, and ask again.",
        ) from error
    return "finished"


class _Counted:
    """Asked at every token whether to stop; tells how far the answer is by the way."""

    def __init__(self, work: Work, who: Who, before: int, total: int) -> None:
        self._work, self._who, self._done, self._total = work, who, before, total

    def stop(self) -> bool:
        self._work.progress("writing", self._done, self._total, _WORDS[self._who])
        self._done += 1
        return self._work.stop_asked()


def _load(config: TrainingConfig, run: RunFolder, work: Work) -> Loaded:
    work.progress("loading", note=config.base_model)
    loaded = load_with_adapter(
        config, run.adapter, lambda phase, note: work.progress(phase, note=note)
    )
    work.event("loaded", **loaded.describe())
    return loaded


def _encode(run: Path, place: Path, config: TrainingConfig, loaded: Loaded) -> Encoded:
    from ghost_engine.training.encoding import encode

    picture = place / PICTURE
    row = {
        "id": place.name,
        "instruction": instruction_of(run, config),
        "input": str((read_json(place / QUESTION) or {}).get("description", "")),
        "sql": _SOME_ANSWER,
    }
    shown = read_picture(picture).pixels if picture.is_file() else None
    encoded = encode(row, loaded.processor, shown)
    if encoded.answer_start > config.max_seq_length:
        raise TrainingError(
            f"The question has {encoded.answer_start:,} tokens; the run's context is"
            f" {config.max_seq_length:,}.",
            "Describe the screen in fewer words.",
        )
    return encoded


def _write(
    loaded: Loaded, encoded: Encoded, who: Who, new_tokens: int, stop: Callable[[], bool]
) -> Answer:
    from ghost_engine.training.screens import answering, text_of, write

    began = time.monotonic()
    model: Any = loaded.model
    with answering(model, loaded.loader):
        with model.disable_adapter() if who == "base" else nullcontext():
            tokens = write(model, encoded, new_tokens, stop)
    sql = text_of(loaded.processor, tokens)
    seconds = round(time.monotonic() - began, 2)
    return Answer(who, sql, *_judge(sql), tokens=len(tokens), seconds=seconds)


def _judge(sql: str) -> tuple[bool | None, str, int]:
    """Whether it runs, the first error, and how many tables it makes."""
    try:
        report = check(sql)
    except SandboxError as error:
        return None, str(error), 0
    said = report.errors[0].message if report.errors else ""
    if report.valid and not report.schema.tables:
        return False, "It makes no table.", 0
    return report.valid, said, len(report.schema.tables)


def main(argv: Sequence[str] | None = None) -> int:
    prepare_process()
    return run_worker(answer, argv)


if __name__ == "__main__":
    sys.exit(main())
