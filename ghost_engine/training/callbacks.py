"""The line between the trainer and the run folder.

`Reporter` writes the metrics of each step, says which phase is on, decides when to save, to
validate and to stop, and raises when the loss goes wrong. Of models it knows nothing.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import Any

import torch
from transformers import TrainerCallback

from ghost_engine.jobs.worker import Work, WorkerFailure
from ghost_engine.training import checkpoints
from ghost_engine.training.clock import Clock
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.encoding import IGNORED
from ghost_engine.training.guards import LossGuard, Patience
from ghost_engine.training.together import Company

log = logging.getLogger(__name__)

_GIB = 2**30


class Reporter(TrainerCallback):
    """One attempt's voice.

    Args:
        work: the run folder's side.
        config: the settings in force.
        judged: whether there is anything to validate on.
        compiling: the first step compiles, which takes minutes.
        company: the processes that train together.
        scaled: gradients are scaled (fp16): an infinite norm is then a skipped step, no failure.
    """

    def __init__(
        self,
        work: Work,
        config: TrainingConfig,
        *,
        judged: bool,
        compiling: bool = False,
        scaled: bool = False,
        company: Company | None = None,
    ) -> None:
        self.work = work
        self.company = company or Company()
        self.config = config
        self.phase = "training"
        self.step = 0
        self.total_steps: int | None = None
        self.from_step = 0
        self.stopped = False
        self.patience_over = False
        self.tokens_at_work = 0
        self.peaks: dict[str, dict[str, float]] = {}
        self._judged = judged
        self._compiling = compiling
        self._scaled = scaled
        self._guard = LossGuard(config.explosion_factor)
        self._patience = Patience(config.early_stop_evaluations)
        self._eval_loss: dict[int, float] = {}
        self._tokens: Any = 0
        self._since: float | None = None
        self.clock = Clock()

    # -- what the trainer tells ------------------------------------------------------------

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.step = self.from_step = state.global_step
        self.total_steps = state.max_steps
        for row in state.log_history:
            if "eval_loss" in row:
                self._patience.see(row["eval_loss"])
            elif "loss" in row:
                self._guard.recall([row["loss"]])
        self.take_peak("loading")
        gpus = {"gpus": self.company.count} if self.company.several else {}
        self.work.event("started", from_step=self.from_step, total_steps=self.total_steps, **gpus)
        self.say("compiling" if self._compiling else "training")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.step = state.global_step
        last = self.step >= state.max_steps
        control.should_log = True
        control.should_evaluate = self._judged and (last or self._due(self.config.eval_steps))
        control.should_save = last or self._due(self.config.save_steps)
        self.say("training")

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        if not logs or "loss" not in logs:
            return
        loss, norm = float(logs["loss"]), float(logs.get("grad_norm", 0.0))
        told = _Told.of_all(self)
        self.work.metric(
            self.step,
            epoch=round(float(logs.get("epoch", 0.0)), 4),
            loss=loss,
            learning_rate=logs.get("learning_rate"),
            grad_norm=norm,
            **self._speed(told.tokens),
            **told.values,
        )
        log.info("step %d of %s: loss %.4f", self.step, self.total_steps, loss)
        wrong = self._guard.see(self.step, loss, None if self._scaled else norm)
        if wrong:
            raise self._diverged(wrong)
        if self.stop_asked():  # the step is done; validation can wait for the resume
            control.should_evaluate = False
            self._stop(control)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.say("training")
        self._since = time.monotonic()

    # -- what our own trainer tells --------------------------------------------------------

    def count(self, batch: dict[str, Any]) -> None:
        """Take in a batch that is about to be trained on."""
        self.tokens_at_work = int(batch["input_ids"].shape[1])
        asked = batch["labels"].ne(IGNORED).any()  # nothing is, where a row only fills a place
        self._tokens = self._tokens + batch["attention_mask"].sum() * asked

    def evaluated(self, control: Any, values: dict[str, float]) -> None:
        """Take in the values of an evaluation; readers merge them with the row of their step.

        Args:
            control: the trainer's; told to save what is better than all before, and to stop when
                patience is over.
            values: `eval_loss`, `valid_share`, `score`, as far as known.
        """
        eval_loss = values.get("eval_loss")
        if eval_loss is not None and math.isfinite(eval_loss):
            self._eval_loss[self.step] = eval_loss
            control.should_save |= eval_loss < self._patience.lowest
            if self._patience.see(eval_loss):
                self.patience_over = True
                control.should_training_stop = control.should_save = True
        self.take_peak("evaluating")
        if values:
            self.work.metric(self.step, **values)
            self.work.event("evaluation", step=self.step, **values)
            log.info("validation at step %d: %s", self.step, values)
        if self.stop_asked():
            self._stop(control)
        self.say("training")
        self._since = time.monotonic()

    def stop_asked(self) -> bool:
        """Whether any process of the run was asked to stop; all of them have to ask."""
        return self.company.any(self.work.stop_asked())

    def tokens_since(self) -> int:
        """Tokens that this process trained on since it was asked last."""
        tokens, self._tokens = int(self._tokens), 0
        return tokens

    def eval_loss_at(self, step: int) -> float | None:
        """The validation loss of a step of this attempt, or None where there was none."""
        return self._eval_loss.get(step)

    def say(self, phase: str, note: str = "") -> None:
        """What is being done now, beside the step."""
        self.phase = phase
        self.work.progress(phase, self.step, self.total_steps, note)

    def take_peak(self, phase: str) -> dict[str, float]:
        """The card's peaks since the last call, GiB, kept for `peaks`; empty without a card."""
        if not torch.cuda.is_available():
            return {}
        now = {
            "allocated_gib": round(torch.cuda.max_memory_allocated() / _GIB, 3),
            "reserved_gib": round(torch.cuda.max_memory_reserved() / _GIB, 3),
        }
        known = self.peaks.get(phase, {})
        self.peaks[phase] = {name: max(known.get(name, 0.0), now[name]) for name in now}
        torch.cuda.reset_peak_memory_stats()
        return now

    def widen_peak(self, phase: str, name: str, gib: float) -> None:
        """Take in the peak of another card."""
        self.peaks[phase][name] = max(self.peaks[phase][name], gib)

    # -- inside ----------------------------------------------------------------------------

    def _due(self, every: int) -> bool:
        return self.step % every == 0

    def _stop(self, control: Any) -> None:
        self.stopped = True
        control.should_training_stop = control.should_save = True

    def _speed(self, tokens: int) -> dict[str, float | None]:
        """Seconds since the last step and tokens in one; no speed for an attempt's first step,
        which warms up."""
        now = time.monotonic()
        since, self._since = self._since, now
        if not since or now <= since:
            return {"tokens_per_second": None}
        taken = now - since
        return {"tokens_per_second": round(tokens / taken, 1), "step_seconds": round(taken, 3)}

    def _diverged(self, wrong: str) -> WorkerFailure:
        good = checkpoints.newest(self.work.folder.checkpoints, self.work.attempt.lineage)
        kept = f"The last checkpoint, of step {good.step}, is whole." if good else "None was saved."
        return WorkerFailure(
            "diverged",
            f"{wrong} {kept}",
            "Lower learning_rate (a half or a tenth), or lengthen warmup_steps.",
            {"step": self.step, "checkpoint": good.path.name if good else None},
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """What all processes have to say of a step: tokens together, the most seconds and the fullest
    card, and each one's."""

    tokens: int
    values: dict[str, Any]

    @classmethod
    def of_all(cls, reporter: Reporter) -> _Told:
        peak = reporter.take_peak("training")
        seconds = {name: round(each, 3) for name, each in reporter.clock.read().items()}
        own = (float(reporter.tokens_since()), *seconds.values(), *peak.values())
        tokens, *columns = zip(*reporter.company.each(own), strict=True)
        told: dict[str, Any] = {}
        for name, values in zip(
            (*seconds, *(f"vram_{name}" for name in peak)), columns, strict=True
        ):
            told[name] = max(values)
            if reporter.company.several:
                told[f"{name}_each"] = list(values)
        if reporter.company.several:
            for name in peak:
                reporter.widen_peak("training", name, told[f"vram_{name}"])
        return cls(int(sum(tokens)), told)
