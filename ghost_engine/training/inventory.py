"""What a dataset holds for a run, counted before it starts: `dataset_summary`.

The same source is read and the same rows are passed over as when the run's data is frozen, but no
picture is opened; answers are judged only if that is asked for, since it takes a while.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ghost_engine.data.quality.lengths import estimate_example
from ghost_engine.data.store import Store
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.picking import Chosen, Step, Watch, judge_answers, sift
from ghost_engine.training.sources import Code, LeftOut, open_source


@dataclass(frozen=True, slots=True)
class Inventory:
    """A dataset in numbers.

    `examples` were read, `usable` can be trained on, `left_out` counts the rest by reason.
    Of the usable, `failing` have an answer that does not run on PostgreSQL, `unjudged` one that
    nobody asked about, and `answers` are different. `lengths` are their tokens, ascending, by an
    estimate on the long side. `first_failing`, `longest` and `first_left_out` name examples.
    """

    examples: int
    usable: int
    left_out: Mapping[Code, int]
    failing: int
    unjudged: int
    answers: int
    lengths: tuple[int, ...] = ()
    first_failing: str = ""
    longest: str = ""
    first_left_out: Mapping[Code, str] = field(default_factory=dict)

    def too_long(self, limit: int) -> int:
        """How many of the usable have more tokens than the context."""
        return len(self.lengths) - bisect_right(self.lengths, limit)

    def for_training(self, config: TrainingConfig) -> int:
        """About how many rows are trained on, without those too long and those held back."""
        fitting = self.usable - self.too_long(config.max_seq_length)
        if not config.validation_share or fitting < 2:
            return fitting
        wanted = max(1, round(fitting * config.validation_share))
        return fitting - min(config.validation_limit, wanted, fitting // 2)


def dataset_summary(
    config: TrainingConfig,
    *,
    store: Store | None = None,
    image_root: Path | None = None,
    judge: bool = False,
    progress: Callable[[Step], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Inventory:
    """Count what a configuration's dataset holds.

    Args:
        config: `dataset` and `phase` count.
        store: where `dataset: store` reads; without it, the store of the settings.
        image_root: where a file's picture paths are tried first.
        judge: ask PostgreSQL about answers that no verdict is kept of.
        progress: told now and then.
        cancelled: asked before every piece of work.

    Raises:
        DatasetError: there is no such dataset.
        FileError: it cannot be read.
        StoreError: the store cannot be opened.
        Cancelled: `cancelled` said so.
    """
    watch = Watch(progress, cancelled)
    chosen: list[Chosen] = []
    left_out: Counter[Code] = Counter()
    first: dict[Code, str] = {}
    with open_source(config.dataset, store, image_root) as source:
        for read, item in enumerate(source.items, 1):
            watch.tell(Step("reading", read))
            row = item if isinstance(item, LeftOut) else sift(item, config.phase)
            if isinstance(row, LeftOut):
                left_out[row.code] += 1
                first.setdefault(row.code, row.id)
            else:
                chosen.append(row)
    verdicts = judge_answers(chosen, judge, watch)
    lengths = {each.id: _tokens(each) for each in chosen}
    longest = max(lengths, key=lambda name: lengths[name], default="")
    return Inventory(
        examples=len(chosen) + left_out.total(),
        usable=len(chosen),
        left_out=dict(left_out.most_common()),
        failing=len(verdicts.failing),
        unjudged=verdicts.unknown,
        answers=len({each.row["sql"] for each in chosen}),
        lengths=tuple(sorted(lengths.values())),
        first_failing=verdicts.failing[0][0].id if verdicts.failing else "",
        longest=longest,
        first_left_out=first,
    )


def _tokens(chosen: Chosen) -> int:
    row = chosen.row
    picture = "input" not in row
    return estimate_example(row["instruction"], row.get("input", ""), row["sql"], picture)
