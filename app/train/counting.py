"""How much there is to train on, counted in a thread and kept for all sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.curate.task import Task
from app.state import store
from app.train.order import Order
from ghost_engine.data.records import Filters
from ghost_engine.data.store import Store
from ghost_engine.training.clicks import data_mark
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.inventory import Inventory, dataset_summary
from ghost_engine.training.picking import Step
from ghost_engine.training.sources import IN_WORDS, STORE, Code

KEPT_SECONDS = 600.0
_ENOUGH = 10  # from so many examples on, repeated answers are worth a word


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know before training; `shown` is the address that shows it in Curate."""

    message: str
    shown: dict[str, str] | None = None


def counted(order: Order) -> Task[Inventory]:
    """The count of the order's dataset, shared by all sessions."""
    return _task(order, order.judged)


def known(order: Order) -> Inventory | None:
    """What was counted without running the answers, while they are being run."""
    task = _task(order, judge=False)
    return task.result if task.done else None


def approved() -> int:
    """How many examples of the store are approved."""
    return _approved(store(), data_mark(STORE, store()))


def remarks_of(found: Inventory, config: TrainingConfig) -> Iterator[Remark]:
    """What to know before training on it, the worst first."""
    stored = config.dataset == STORE
    if not found.usable:
        yield Remark("Nothing in it can be trained on.")
    for code, count in found.left_out.items():
        example = _example(found.first_left_out.get(code, "")) if stored else None
        yield Remark(f"{count:,} {IN_WORDS[code]}: left out.{_advice(code, stored)}", example)
    if found.failing:
        runs = {"status": "approved", "runs": "no"} if stored else None
        first = f" ({found.first_failing} first)" if not stored else ""
        yield Remark(
            f"{found.failing:,} answers do not run on PostgreSQL{first}; the model would learn"
            " to write such.",
            runs,
        )
    long = found.too_long(config.max_seq_length)
    if long:
        left = "left out" if config.too_long == "drop" else "the run would refuse"
        yield Remark(
            f"{long:,} are longer than {config.max_seq_length:,} tokens by an estimate: {left}."
            f" The longest ({found.longest}) has about {found.lengths[-1]:,}.",
            _example(found.longest) if stored else None,
        )
    if found.usable >= _ENOUGH and 2 * found.answers <= found.usable:
        yield Remark(f"Only {found.answers:,} different answers to {found.usable:,} examples.")


def _task(order: Order, judge: bool) -> Task[Inventory]:
    config = order.config
    shelf = store() if config.dataset == STORE else None
    mark = data_mark(config.dataset, shelf)
    return _count(config, shelf, config.dataset, config.phase, order.pictures, mark, judge)


@st.cache_resource(ttl=KEPT_SECONDS, max_entries=12, show_spinner=False)
def _count(
    _config: TrainingConfig,
    _store: Store | None,
    dataset: str,
    phase: str,
    pictures: str,
    mark: tuple[str | int, ...],
    judge: bool,
) -> Task[Inventory]:
    root = Path(pictures).expanduser() if pictures else None
    return Task(_counting(_config, _store, root, judge))


def _counting(
    config: TrainingConfig, shelf: Store | None, root: Path | None, judge: bool
) -> Callable[[Task[Inventory]], Inventory]:
    def work(task: Task[Inventory]) -> Inventory:
        def tell(step: Step) -> None:
            of = f" of {step.total:,}" if step.total else ""
            word = "Read" if step.phase == "reading" else "Run on PostgreSQL"
            task.words = f"{word}: {step.done:,}{of}"

        return dataset_summary(config, store=shelf, image_root=root, judge=judge, progress=tell)

    return work


@st.cache_data(ttl=KEPT_SECONDS, max_entries=4, show_spinner=False)
def _approved(_store: Store, mark: tuple[str | int, ...]) -> int:
    return _store.queue(Filters(statuses=("approved",)), size=1).total


def _example(name: str) -> dict[str, str]:
    return {"status": "approved", "example": name}


def _advice(code: Code, stored: bool) -> str:
    if code != "missing-picture":
        return ""
    return " Import them again." if stored else " Name the folder of its screenshots."
