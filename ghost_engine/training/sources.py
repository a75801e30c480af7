"""Where training examples come from: a dataset file in any form, or what was approved in Curate.

Both become a stream of `Candidate`s in the source's order, and of `LeftOut`s where a row is none.
No picture is opened and no SQL judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ghost_engine.data.files.readers import open_dataset, read_rows, rows_of
from ghost_engine.data.files.rows import Row, Skipped
from ghost_engine.data.quality import Sample, from_rows
from ghost_engine.data.records import Example, Filters, Verdict
from ghost_engine.data.store import Store
from ghost_engine.errors import DatasetError, FileError, StoreError

STORE = "store"
"""As `dataset`: the examples approved in Curate."""

Code = Literal[
    "unreadable",
    "no-answer",
    "missing-picture",
    "broken-picture",
    "other-phase",
    "chat-mark",
    "identical",
    "held-out",
    "surplus",
]

_PAIRS = "pairs.jsonl"
_PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An example as its source has it; `line` is None in the store, `verdict` if none is kept."""

    sample: Sample
    line: int | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An example that is not trained on, and why."""

    id: str
    line: int | None
    code: Code
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "line": self.line, "code": self.code, "reason": self.reason}


def find_dataset(dataset: str) -> Path:
    """The dataset's path: as given, else below the project's folder.

    Raises:
        DatasetError: there is nothing.
    """
    path = Path(dataset).expanduser()
    for place in (path, _PROJECT / path):
        if place.exists():
            return place
    raise DatasetError(
        f"The dataset {dataset} does not exist.",
        "Name a dataset file, or `store` for what was approved in Curate.",
    )


def read_file(path: Path, image_root: Path | None = None) -> Iterator[Candidate | LeftOut]:
    """The examples of a dataset file or folder.

    Raises:
        FileError: it cannot be read, or is no dataset.
    """
    known = _beside(path)
    lines: list[int] = []
    skipped: list[LeftOut] = []

    def rows() -> Iterator[Row]:
        for item in rows_of(open_dataset(path), image_root):
            if isinstance(item, Skipped):
                skipped.append(LeftOut(f"line {item.line}", item.line, "unreadable", item.reason))
            else:
                lines.append(item.line)
                yield item

    for sample in from_rows(rows()):
        yield from skipped
        skipped.clear()
        yield Candidate(_placed(sample, known), lines[-1])
    yield from skipped


def read_store(store: Store) -> Iterator[Candidate]:
    """The examples approved in Curate, each with the text in force and its verdict."""
    for example in store.iterate(Filters(statuses=("approved",))):
        yield Candidate(_sample(store, example), verdict=example.verdict)


def _sample(store: Store, example: Example) -> Sample:
    shot = example.screenshot
    picture: Path | None = None
    with suppress(StoreError):  # missing: the sample says so
        picture = store.picture_path(shot)
    return Sample(
        id=str(example.id),
        sql=example.sql,
        image=picture,
        image_hash=shot.key,
        phash=shot.perceptual_hash,
        instruction=example.suggestion.instruction if example.suggestion else "",
        domain=example.domain,
        app=example.app,
        description=example.description,
        declared=shot.path or ("" if shot.missing else shot.key),
    )


def _beside(path: Path) -> Mapping[Path, tuple[str, str]]:
    """Domain and application of pictures, where a pairs file beside the dataset knows them.

    The vision form has no place for either, and validation is split by them.
    """
    pairs = (path if path.is_dir() else path.parent) / _PAIRS
    if pairs == path or not pairs.is_file():
        return {}
    known: dict[Path, tuple[str, str]] = {}
    with suppress(FileError):  # it only helps; the dataset itself is another file
        for row in read_rows(pairs):
            if isinstance(row, Row) and row.image_path is not None:
                app = row.extra.get("app", "")
                known[row.image_path] = (row.domain or "", app if isinstance(app, str) else "")
    return known


def _placed(sample: Sample, known: Mapping[Path, tuple[str, str]]) -> Sample:
    found = known.get(sample.image) if sample.image else None
    if found is None or sample.domain or sample.app:
        return sample
    return replace(sample, domain=found[0], app=found[1])
