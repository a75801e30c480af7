"""One trainer for both loaders: trl's, with our loss, checkpoints, validation and reports.

Import it after the model is loaded: Unsloth replaces trl's trainer when it is imported, and this
module takes whichever is there. Checkpoints hold the adapter and the states of optimizer, schedule,
random numbers and trainer; the place in the data follows from the step.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections import ChainMap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import send_to_device
from datasets import Dataset
from transformers import PrinterCallback, TrainerControl, TrainerState
from trl import SFTTrainer

from ghost_engine.training import checkpoints, screens
from ghost_engine.training.adapter import load_adapter, save_adapter
from ghost_engine.training.ahead import Ahead
from ghost_engine.training.arguments import arguments
from ghost_engine.training.callbacks import Reporter
from ghost_engine.training.checkpoints import Checkpoint
from ghost_engine.training.collate import Collator
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.encoding import Row
from ghost_engine.training.lean import answer_loss, settle_trainables
from ghost_engine.training.model import Loaded
from ghost_engine.training.shares import IndexedCollator, Share, loader_of

_STATE = "trainer_state.json"


class Trainer(SFTTrainer):
    """Trains on `rows`, validates on `validation`, reports to `reporter`.

    Args:
        loaded: the model with its adapters, its processor, loader and precision.
        config: the settings in force.
        collator: makes batches of rows.
        rows: what to train on.
        validation: what the validation loss is measured on; may be empty.
        reporter: told of every step.
        total_steps: optimizer steps.
        probe_rows: one batch to measure before the first step; empty for none.
        lengths: of `rows`, in tokens; several cards share a step by them.
    """

    control: TrainerControl

    def __init__(
        self,
        loaded: Loaded,
        config: TrainingConfig,
        collator: Collator,
        rows: Sequence[Row],
        validation: Sequence[Row],
        reporter: Reporter,
        total_steps: int,
        probe_rows: Sequence[Row] = (),
        lengths: Sequence[int] = (),
    ) -> None:
        self._loader = loaded.loader
        self._config = config
        self._rows_collator = collator
        self._rows = rows
        self._validation = validation
        self._screens = validation[: config.eval_screens]
        self._probe_rows = probe_rows
        self._lengths = lengths
        self.reporter = reporter
        self._work = reporter.work
        self._company = reporter.company
        self._ahead: Ahead | None = None
        super().__init__(
            model=loaded.model,
            args=arguments(
                loaded, config, total_steps, self._work.folder.checkpoints, self._company.count
            ),
            processing_class=loaded.processor,
            data_collator=IndexedCollator(collator, rows),
            train_dataset=Dataset.from_dict({"row": list(range(len(rows)))}),
            callbacks=[reporter],
        )
        self.remove_callback(PrinterCallback)
        settle_trainables(self.model)
        if self._company.index:  # else all would drop out the same of their rows
            torch.manual_seed(config.seed + self._company.index)

    def get_train_dataloader(self) -> Any:
        """What trl makes of it; of several ranks, each has its share of the very same order.

        Batches stay in the processor's memory until `get_batch_samples` moves them.
        """
        if not self._company.several:
            loader = super().get_train_dataloader()
            loader.device = None
            return loader
        config, company, count = self._config, self._company, len(self._rows)
        return loader_of(
            Share(
                *(count, config.batch_size, config.seed, company.index, company.count),
                step=config.gradient_accumulation_steps,
                lengths=self._lengths,
            ),
            count,
            collate_fn=self.data_collator,
            num_workers=config.workers,
            pin_memory=self.args.dataloader_pin_memory,
        )

    # -- steps ---------------------------------------------------------------------------------

    def train(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().train(*args, **kwargs)
        finally:
            if self._ahead:
                self._ahead.close()

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, *args: Any) -> Any:
        """A step's batches on the device; those of the next one are made meanwhile."""
        device = self.accelerator.device
        with self.reporter.clock.waiting():
            if self._ahead is None or self._ahead.source is not epoch_iterator:
                if self._ahead:
                    self._ahead.close()
                self._ahead = Ahead(epoch_iterator, device)
            made = self._ahead.take(num_batches)
            moved = iter([send_to_device(batch, device) for batch in made])
        return super().get_batch_samples(moved, num_batches, *args)

    def training_step(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        self.reporter.count(inputs)
        last = self.accelerator.sync_gradients
        with self.reporter.clock.working(last=last, several=self._company.several):
            return super().training_step(model, inputs, *args, **kwargs)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The mean over the answers' tokens; without their logits where the loader is ours.

        Of several ranks each divides by the tokens of all, and gradients are then averaged: so it
        is times their number.
        """
        if self._loader != "plain":
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        loss = answer_loss(model, inputs, num_items_in_batch) * self._company.count
        return (loss, {"loss": loss}) if return_outputs else loss

    def _prepare_for_training(self, *args: Any, **kwargs: Any) -> Any:
        prepared = super()._prepare_for_training(*args, **kwargs)
        if self._probe_rows:
            self._probe(prepared[0])
        return prepared

    def _probe(self, model: Any) -> None:
        """Forward and backward once; what is left of it is its peak and its time."""
        self.reporter.take_peak("loading")
        self.reporter.say("probing", "one step on the longest example")
        began = time.monotonic()
        with self._random_numbers_kept():
            batch = self._prepare_inputs(self._rows_collator(self._probe_rows))
            self.reporter.tokens_at_work = tokens = int(batch["input_ids"].shape[1])
            self.current_gradient_accumulation_steps = 1
            items = batch["labels"][:, 1:].ne(-100).sum()
            super().training_step(model, batch, items)
        model.zero_grad()
        peak = self.reporter.take_peak("probing")
        seconds = round(time.monotonic() - began, 2)
        self._work.event("probe", tokens=tokens, seconds=seconds, **peak)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def take_up(self, start: Checkpoint) -> None:
        """Be where a checkpoint of the last step left off: the process died after saving it.

        Training from there would take a step too many.
        """
        load_adapter(self.model, start.path)
        self.state = TrainerState.load_from_json(str(start.path / _STATE))
        self.state.max_steps = self.args.max_steps
        self.reporter.on_train_begin(self.args, self.state, self.control)

    # -- validation ----------------------------------------------------------------------------

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Validation loss, then the screens; what was cut short by a stop is left out."""
        values: dict[str, float] = {}
        if self._ahead:
            self._ahead.settle()
        with self._random_numbers_kept():
            if self._validation:
                values |= self._validation_loss()
            if self._screens and not self.reporter.stop_asked():
                values |= self._draft()
        if "eval_loss" in values:
            self.state.log_history.append({**values, "step": self.state.global_step})
        self.reporter.evaluated(self.control, values)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, values
        )
        return values

    @torch.no_grad()
    def _validation_loss(self) -> dict[str, float]:
        """The mean over all answer tokens, not the mean of batches' means."""
        total = tokens = 0.0
        size = self._config.batch_size
        starts = range(0, len(self._validation), size)
        self.model.eval()
        try:
            for place in range(0, len(starts), self._company.count):
                if self.reporter.stop_asked():
                    return {}
                own = place + self._company.index
                start = starts[min(own, len(starts) - 1)]  # one too many is not counted
                self.reporter.say(
                    "evaluating", f"loss of example {start + 1} of {len(self._validation)}"
                )
                part = self._validation[start : start + size]
                batch = self._prepare_inputs(self._rows_collator(part))
                self.reporter.tokens_at_work = int(batch["input_ids"].shape[1])
                items = batch["labels"][:, 1:].ne(-100).sum()
                loss = self.compute_loss(self.model, batch, num_items_in_batch=items)
                if own < len(starts):
                    total += float(loss) / self._loss_scale() * int(items)
                    tokens += int(items)
        finally:
            self.model.train()
        total, tokens = map(sum, zip(*self._company.each((total, tokens)), strict=True))
        return {"eval_loss": total / tokens} if tokens else {}

    def _loss_scale(self) -> int:
        """What `compute_loss` multiplies with for the sake of averaged gradients."""
        counted = self.model_accepts_loss_kwargs or self.compute_loss_func is not None
        return self._company.count if self._loader == "plain" or counted else 1

    def _draft(self) -> dict[str, float]:
        drafts: list[screens.Draft] = []
        own = self._screens[self._company.index :: self._company.count]
        with screens.answering(self.model, self._loader):
            for draft in screens.draft_screens(
                self.model,
                self._rows_collator,
                own,
                self._config.eval_new_tokens,
                self._work.stop_asked,
                lambda note: self.reporter.say("evaluating", note),
            ):
                drafts.append(draft)
                self._work.sample(step=self.state.global_step, **draft.to_dict())
        made = [draft for part in self._company.gather(drafts) for draft in part]
        return screens.summary(made) if len(made) == len(self._screens) else {}

    @contextlib.contextmanager
    def _random_numbers_kept(self) -> Iterator[None]:
        """What happens beside training must not change which random numbers training sees."""
        devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
        with torch.random.fork_rng(devices=devices):
            yield

    # -- checkpoints ---------------------------------------------------------------------------

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        step, attempt = self.state.global_step, self._work.attempt
        folder = self._work.folder.checkpoints
        loss = self.reporter.eval_loss_at(step)
        self.reporter.say("saving", f"checkpoint of step {step}")
        self.store_flos()
        random_states = self._random_states()
        if not self._company.leads:
            return
        with checkpoints.writing(folder, step, attempt.attempt, loss) as partial:
            save_adapter(self.model, partial)
            self._save_optimizer_and_scheduler(str(partial))
            self._save_scaler(str(partial))
            for name, content in random_states.items():
                (partial / name).write_bytes(content)
            self.state.save_to_json(str(partial / _STATE))
        removed = checkpoints.rotate(folder, self._config.keep_checkpoints, attempt.lineage)
        self._work.event("checkpoint", step=step, eval_loss=loss, removed=removed)

    def _random_states(self) -> dict[str, bytes]:
        """The files that say where the random numbers of each rank are."""
        with tempfile.TemporaryDirectory() as name:
            self._save_rng_state(name)
            own = {path.name: path.read_bytes() for path in Path(name).iterdir()}
        return dict(ChainMap(*self._company.gather(own)))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        load_adapter(self.model if model is None else model, Path(resume_from_checkpoint))

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: what there is to say stands in the run's own files."""
