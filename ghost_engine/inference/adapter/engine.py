"""The engine named "adapter": the model of a training run, asked about a screenshot.

A model is the name of a run, or `base:` and that name for its base model without the adapter. Torch
is loaded by a process of its own (`ghost_engine.training.writer`), never here.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

from ghost_engine import prompts
from ghost_engine.errors import EngineError, EngineUnavailable, GhostError
from ghost_engine.inference.adapter.writing import SHARED, Shared, Writer, command
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Form,
    Model,
    Progress,
    Question,
    Readiness,
    Usage,
    Written,
)
from ghost_engine.jobs.locks import Lock, is_held
from ghost_engine.jobs.queue import gpu_holder, take_gpu
from ghost_engine.jobs.reading import find_run, list_runs, runs_dir
from ghost_engine.jobs.records import Run
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.readiness import runs_on_gpu
from ghost_engine.training.trial import obstacle, settings_of_adapter

BASE = "base:"
LOADING_SECONDS = 1800.0
FIRST_ANSWER_SECONDS = 900.0
"""How long a model just loaded may say nothing: kernels are compiled at its first answer."""
_TRAIN = "Train one (`ghost train`, or the Train page)."
_BUSY = "Wait until it is done, or stop it with `ghost runs stop`."

Items = Iterator[Progress | Written | Draft]


class AdapterEngine:
    """The models of this installation's training runs.

    Args:
        shared: the process with the model, and whose turn it is.
    """

    name = "adapter"
    title = "Adapter"
    note = "a base model and what a run taught it"
    forms: tuple[Form, ...] = ("sql",)

    def __init__(self, shared: Shared = SHARED) -> None:
        self._shared = shared

    def readiness(self, model: str = "") -> Readiness:
        try:
            run, config, _ = _wanted(model)
        except GhostError as error:
            return Readiness(False, error.message.rstrip("."), error.hint)
        wrong = obstacle(run)
        if wrong:
            return Readiness(False, wrong.rstrip("."), "Choose another run, or another machine.")
        if config.phase != "vision":
            return Readiness(
                False,
                f"run {run.id} learned from words and reads no screenshot",
                "Choose a run that was trained on screenshots.",
            )
        if runs_on_gpu(config) and not self._shared.loaded and is_held(runs_dir() / "gpu.lock"):
            return Readiness(False, f"the GPU is at work for {gpu_holder(runs_dir())}", _BUSY)
        loaded = "is loaded" if self._shared.holds(run.path) else "is loaded when it is asked"
        return Readiness(True, f"{run.id} {loaded}")

    def models(self) -> tuple[Model, ...]:
        """The newest run first; each base model once, under its newest run."""
        tuned: list[Model] = []
        bases: dict[str, Model] = {}
        for run, config in _runs():
            weights = run.folder.adapter / "adapter_model.safetensors"
            size = weights.stat().st_size if weights.is_file() else None
            seeing = config.phase == "vision"
            tuned.append(Model(run.id, f"{config.base_model} with its adapter", seeing, size))
            bases.setdefault(
                config.base_model,
                Model(BASE + run.id, f"{config.base_model} without an adapter", seeing),
            )
        return (*tuned, *bases.values())

    def run(self, question: Question, cancel: CancelToken) -> Items:
        """See `Engine.run`.

        Raises:
            Cancelled: at once; a model that is being loaded is given up.
            EngineUnavailable: no run can be asked here, or somebody else has the GPU.
            EngineError: it failed, or said nothing for too long.
        """
        ready = self.readiness(question.model)
        if not ready.ready:
            raise EngineUnavailable(f"{self.title} is not ready: {ready.detail}.", ready.next_step)
        run, config, who = _wanted(question.model)
        yield from self._await_turn(cancel)
        try:
            writer = self._writer(run, config)
            yield from self._await_loaded(writer, config, cancel)
            yield from _answer(writer, run, who, question, cancel)
        except EngineError:
            if not (self._shared.writer and self._shared.writer.alive):
                self._shared.close()  # the next question starts another
            raise
        finally:
            self._shared.leave()

    def _await_turn(self, cancel: CancelToken) -> Iterator[Progress]:
        for number, _ in enumerate(self._shared.wait_turn()):
            cancel.raise_if_cancelled()
            if number == 0:
                yield Progress("waiting", "Waiting for another answer of this model")

    def _writer(self, run: Run, config: TrainingConfig) -> Writer:
        """The process with that run's model: the one that is there, or a new one."""
        there = self._shared.writer
        if there is not None and self._shared.holds(run.path):
            return there
        self._shared.close()  # it gives the card back first
        lock: Lock | None = None
        if runs_on_gpu(config):
            lock = take_gpu(runs_dir(), f"{self.name} {run.id}")
            if lock is None:
                holder = gpu_holder(runs_dir())
                raise EngineUnavailable(f"The GPU is at work for {holder}.", _BUSY)
        return self._shared.start(run.path, command(run.path), lock)

    def _await_loaded(
        self, writer: Writer, config: TrainingConfig, cancel: CancelToken
    ) -> Iterator[Progress]:
        began, whole = time.monotonic(), False
        if not writer.ready:
            yield Progress("waiting", f"Loading {config.base_model}")
        try:
            while not writer.ready:
                cancel.raise_if_cancelled()
                said = writer.said()
                if said and "doing" in said:
                    yield Progress("waiting", f"Loading the model: {said['doing']} {said['note']}")
                if time.monotonic() - began > LOADING_SECONDS:
                    minutes = f"{LOADING_SECONDS / 60:.0f} minutes"
                    raise EngineError(
                        f"{config.base_model} was not loaded in {minutes}.",
                        "Close other programs, and try again.",
                    )
            whole = True
        finally:
            if not whole:
                self._shared.close()


def _answer(writer: Writer, run: Run, who: str, question: Question, cancel: CancelToken) -> Items:
    """One question, and its answer as it is written."""
    asked, began = _document(who, question), time.monotonic()
    number, first, ended = writer.ask(asked), None, False
    silence = question.silence_seconds
    if number == 1:
        silence = max(silence, FIRST_ANSWER_SECONDS)
    own = question.instruction == prompts.VISION_INSTRUCTION
    try:
        with closing(_heard(writer, number, silence, cancel)) as heard:
            for said in heard:
                if "reading" in said:
                    yield Progress("understanding", f"Reading {said['reading']:,} tokens")
                elif "text" in said:
                    first = time.monotonic() - began if first is None else first
                    yield Written(said["text"])
                elif "done" in said:
                    ended = True
                    usage = Usage(said["read"], said["written"], first, time.monotonic() - began)
                    yield Draft(
                        said["done"],
                        f"{BASE if who == 'base' else ''}{run.id}",
                        f"of {run.id}" if own and said["taught"] else prompts.VERSION,
                        usage=usage,
                        cut=said["cut"],
                    )
    finally:
        if not ended:
            writer.stop(number)


def _heard(
    writer: Writer, number: int, silence_seconds: float, cancel: CancelToken
) -> Generator[dict[str, Any]]:
    """What it says about a question, up to the end."""
    heard = time.monotonic()
    while True:
        cancel.raise_if_cancelled()
        said = writer.said(number)
        if said is not None:
            yield said
            if "done" in said:
                return
            heard = time.monotonic()
        elif time.monotonic() - heard > silence_seconds:
            raise EngineError(
                f"The model has said nothing for {silence_seconds:g} s.",
                "Wait longer, or choose a smaller model.",
            )


def _document(who: str, question: Question) -> dict[str, Any]:
    """The question as the process takes it; its own instruction where nobody wants another."""
    document = {
        "who": who,
        "picture": base64.b64encode(question.pictures[0].png()).decode(),
        "turns": [(turn.answer, turn.remark) for turn in question.turns],
        "new_tokens": question.longest_tokens,
        "temperature": question.temperature,
        "seed": question.seed,
    }
    if question.instruction != prompts.VISION_INSTRUCTION:
        document["instruction"] = question.instruction
    return document


def _wanted(model: str) -> tuple[Run, TrainingConfig, str]:
    """The run that is meant, the settings of its adapter, and which of the two is asked.

    Raises:
        EngineUnavailable: it has no adapter, or none has.
        JobError: there is no such run.
        ConfigError: it is of another version of this program.
    """
    who = "base" if model.startswith(BASE) else "adapter"
    name = model.removeprefix(BASE)
    if not name:
        first = next(((run, config) for run, config in _runs() if config.phase == "vision"), None)
        if first is None:
            raise EngineUnavailable("No run here has an adapter for screenshots yet.", _TRAIN)
        return (*first, who)
    run = find_run(name)
    config = settings_of_adapter(run)
    if config is None:
        raise EngineUnavailable(f"Run {run.id} has no adapter.", _TRAIN)
    return run, config, who


def _runs() -> Iterator[tuple[Run, TrainingConfig]]:
    """Runs with an adapter, the newest first; those of other versions are passed over."""
    for run in list_runs(start_queued=False):
        try:
            config = settings_of_adapter(run)
        except GhostError:
            continue
        if config is not None:
            yield run, config
