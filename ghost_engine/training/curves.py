"""The curves of a run, read on while it goes and thinned to what a screen can show.

`LiveCurves` keeps a run's measurements as columns: a refresh costs what was added since the last
one, however long the run. `LiveCard` does the same for what the card held. `curves` reads once.
"""

from __future__ import annotations

import math
import threading
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ghost_engine.jobs.folder import RunFolder, Tail
from ghost_engine.jobs.metrics import Metrics

Row = Mapping[str, Any]
Numbers = NDArray[np.float64]

MEASURED = (
    "loss",
    "eval_loss",
    "learning_rate",
    "grad_norm",
    "tokens_per_second",
    "valid_share",
    "score",
    "vram_allocated_gib",
    "vram_reserved_gib",
)
OF_CARD = " of card "
"""Between a name of `ON_THE_CARD` and a card's number, where a run has several."""
ON_THE_CARD = ("used_gib", "process_gib", "total_gib", "utilization", "temperature")
POINTS = 1000
_RECENT = 64
_BLOCK = 64
_NOTHING: Numbers = np.empty(0)


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: `x` rises (steps, or seconds since 1970), `y` is finite."""

    x: Numbers = field(default_factory=lambda: _NOTHING)
    y: Numbers = field(default_factory=lambda: _NOTHING)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def last(self) -> float | None:
        return float(self.y[-1]) if len(self.y) else None

    @property
    def peak(self) -> float | None:
        return float(self.y.max()) if len(self.y) else None

    def thinned(self, points: int = POINTS) -> Series:
        """At most so many of its own points, which look the same: peaks and dips stay."""
        if len(self.x) <= points:
            return self
        from tsdownsample import MinMaxLTTBDownsampler

        thin = MinMaxLTTBDownsampler()  # type: ignore[no-untyped-call]
        chosen = thin.downsample(self.x, self.y, n_out=points)
        return Series(self.x[chosen], self.y[chosen])

    def smoothed(self, span: int | None = None) -> Series:
        """Its exponential mean, in which about `span` points have a say; by default one in fifty.

        The first points are means of what there is (as Adam corrects its moments), so that the
        curve neither begins at zero nor at an outlier.
        """
        share = 2 / ((span or max(8, len(self.x) // 50)) + 1)
        sums = _decaying_sums(self.y, 1 - share)
        weights = 1 - (1 - share) ** np.arange(1, len(self.y) + 1)
        return Series(self.x, share * sums / weights)


@dataclass(frozen=True, slots=True)
class Curves:
    """All curves of a run at one moment.

    `recent` are its last rows that count, oldest first. `version` is another one whenever anything
    else is.
    """

    series: Mapping[str, Series]
    recent: tuple[Row, ...] = ()
    version: int = 0

    def __getitem__(self, name: str) -> Series:
        return self.series.get(name) or Series()

    @property
    def cards(self) -> tuple[int, ...]:
        """The numbers of a run's cards, where it has several: curves are called "used_gib of card
        1" then, beside those of the fullest."""
        named = [name.partition(OF_CARD) for name in self.series]
        return tuple(int(card) for name, _, card in named if name == "used_gib" and card)


def curves(folder: RunFolder) -> Curves:
    """The curves of a run as they stand; each step once, however often it was interrupted."""
    return LiveCurves(folder).refresh()


class Shown:
    """What a screen shows of growing curves: another picture only when a point's worth was added.

    Of 100,000 steps on 500 points, the next 200 change nothing that an eye could see; a chart that
    is the same costs neither server nor browser. Threads may share it.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, Series, Series]] = {}

    def see(
        self,
        name: str,
        series: Series,
        points: int = POINTS,
        make: Callable[[Series], Series] = lambda series: series,
    ) -> Series:
        """A curve, thinned.

        Args:
            name: which one; what was shown under it before is kept while it will do.
            make: applied before thinning: `Series.smoothed`.
        """
        kept = self._kept.get(name)
        if kept is not None and kept[0] == points and _barely_grown(kept[1], series, points):
            return kept[2]
        seen = make(series).thinned(points)
        self._kept[name] = (points, series, seen)
        return seen


class LiveCurves:
    """A run's measurements by step. Threads may share it."""

    def __init__(self, folder: RunFolder) -> None:
        self._metrics = Metrics(folder)
        self._rows: list[dict[str, Any]] = []
        self._columns = _Columns(MEASURED)
        self._now = Curves({})
        self._guard = threading.Lock()

    def refresh(self) -> Curves:
        """What is there now; the very same object while nothing was added."""
        with self._guard:
            rows = self._metrics.refresh()
            if rows is self._rows:
                return self._now
            kept = _same(self._rows, rows)
            self._columns.cut(self._rows[kept]["step"] if kept < len(self._rows) else math.inf)
            for row in rows[kept:]:
                self._columns.add(row["step"], row)
            self._rows = rows
            recent = tuple(rows[-_RECENT:])
            self._now = Curves(self._columns.series(), recent, self._now.version + 1)
            return self._now


class LiveCard:
    """What the card held, by time. Threads may share it."""

    def __init__(self, folder: RunFolder) -> None:
        self._samples = Tail(folder.vram)
        self._columns = _Columns(ON_THE_CARD)
        self._now = Curves({})
        self._guard = threading.Lock()

    def refresh(self) -> Curves:
        """What is there now; the very same object while nothing was added."""
        with self._guard:
            new = self._samples.read()
            if self._samples.restarted:
                self._columns = _Columns(ON_THE_CARD)
            timed = [(seconds, row) for row in new if (seconds := _seconds(row)) is not None]
            for seconds, row in timed:
                self._columns.add(seconds, row)
                for card in row.get("cards", ()):
                    own = {f"{name}{OF_CARD}{card['card']}": card.get(name) for name in ON_THE_CARD}
                    self._columns.know(own)
                    self._columns.add(seconds, own)
            if timed:
                recent = tuple(row for _, row in timed[-_RECENT:])
                self._now = Curves(self._columns.series(), recent, self._now.version + 1)
            return self._now


class _Columns:
    """Growing columns of numbers, each with the place of every number."""

    def __init__(self, names: Iterable[str]) -> None:
        self._columns: dict[str, tuple[array[float], array[float]]] = {
            name: (array("d"), array("d")) for name in names
        }

    def know(self, names: Iterable[str]) -> None:
        """Columns that turned up later."""
        for name in names:
            self._columns.setdefault(name, (array("d"), array("d")))

    def add(self, place: float, row: Row) -> None:
        for name, (places, values) in self._columns.items():
            value = row.get(name)
            if isinstance(value, int | float) and math.isfinite(value):
                places.append(place)
                values.append(value)

    def cut(self, place: float) -> None:
        """Forget what is at a place or behind it."""
        for places, values in self._columns.values():
            while places and places[-1] >= place:
                places.pop()
                values.pop()

    def series(self) -> dict[str, Series]:
        """Copies, so that what was handed out never changes; empty columns are left out."""
        return {
            name: Series(np.array(places), np.array(values))
            for name, (places, values) in self._columns.items()
            if places
        }


def _decaying_sums(values: Numbers, keep: float) -> Numbers:
    """s[i] = values[i] + keep * s[i - 1], a block at a time: a loop over numbers is slow, and
    scipy.signal takes a second to import."""
    padded = np.zeros(-(-len(values) // _BLOCK) * _BLOCK)
    padded[: len(values)] = values
    distance = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    within = np.where(distance >= 0, keep ** np.maximum(distance, 0), 0.0)
    sums: Numbers = padded.reshape(-1, _BLOCK) @ within.T
    carried = [0.0]
    for end in sums[:-1, -1].tolist():
        carried.append(end + keep**_BLOCK * carried[-1])
    sums += np.outer(carried, keep ** np.arange(1, _BLOCK + 1))
    return sums.reshape(-1)[: len(values)]


def _barely_grown(old: Series, new: Series, points: int) -> bool:
    """Whether `new` is `old` and less than a point's worth more."""
    count = len(old)
    if not count or not count <= len(new) < count + max(1, count // points):
        return count == len(new) == 0
    at = count - 1
    return bool(old.x[at] == new.x[at] and old.y[at] == new.y[at])


def _same(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> int:
    """How many rows at the beginning of both are the same objects.

    A run mostly adds rows and changes its last one; what lies before is compared by the
    interpreter, which sees at once that it is the same.
    """
    count = min(len(old), len(new))
    while count and old[count - 1] is not new[count - 1]:
        count -= 1
    if old[:count] == new[:count]:
        return count
    return next(at for at in range(count) if old[at] is not new[at])


def _seconds(row: Row) -> float | None:
    try:
        return datetime.fromisoformat(str(row.get("time"))).timestamp()
    except ValueError:
        return None
