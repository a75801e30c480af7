"""Where training examples come from: a dataset file in any form, or what was approved in Curate.

Both become a stream of `Candidate`s in the source's order, and of `LeftOut`s where a row is none.
No picture is opened and no SQL judged here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ghost_engine.data.files.readers import open_dataset, read_rows, rows_of
from ghost_engine.data.files.rows import Row, Skipped
from ghost_engine.data.quality import Sample, from_rows
from ghost_engine.data.records import Example, Filters, Verdict
from ghost_engine.data.splits import Part, read_splits
from ghost_engine.data.store import Store, open_store
from ghost_engine.errors import DatasetError, FileError, StoreError
from ghost_engine.settings import get_settings

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

IN_WORDS: dict[Code, str] = {
    "unreadable": "unreadable",
    "no-answer": "without an answer",
    "missing-picture": "whose screenshot is missing",
    "broken-picture": "whose screenshot is broken",
    "other-phase": "of the other phase",
    "chat-mark": "with marks of the chat in their text",
    "identical": "the same as another",
    "held-out": "kept for testing",
    "surplus": "kept for validation",
}

SPLITS = "splits.json"

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


@dataclass(frozen=True, slots=True)
class Source:
    """A source that was opened; `splits` is the split that was made of it before."""

    items: Iterable[Candidate | LeftOut]
    splits: Mapping[str, Part]
    sha256: str | None


@contextmanager
def open_source(
    dataset: str, store: Store | None = None, image_root: Path | None = None
) -> Iterator[Source]:
    """Open what a configuration calls its dataset, and the `splits.json` that goes with it.

    Raises:
        DatasetError: there is no such dataset.
        FileError: it cannot be read.
        StoreError: the store cannot be opened.
    """
    if dataset != STORE:
        path = find_dataset(dataset)
        beside = (path if path.is_dir() else path.parent) / SPLITS
        yield Source(read_file(path, image_root), read_splits(beside), _hash(path))
        return
    splits = read_splits(get_settings().data_dir / SPLITS)
    if store is not None:
        yield Source(read_store(store), splits, None)
        return
    with open_store() as own:
        yield Source(read_store(own), splits, None)


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
                yield _named(item, known)

    for sample in from_rows(rows()):
        yield from skipped
        skipped.clear()
        yield Candidate(sample, lines[-1])
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


def _beside(path: Path) -> Mapping[Path, Row]:
    """Pictures' rows of the pairs file beside the dataset, if there is one.

    The vision form has no place for an id, a domain or an application, and validation is split by
    the last two.
    """
    pairs = (path if path.is_dir() else path.parent) / _PAIRS
    if pairs == path or not pairs.is_file():
        return {}
    known: dict[Path, Row] = {}
    with suppress(FileError):  # it only helps; the dataset itself is another file
        for row in read_rows(pairs):
            if isinstance(row, Row) and row.image_path is not None:
                known[row.image_path] = row
    return known


def _named(row: Row, known: Mapping[Path, Row]) -> Row:
    """The row with what the pairs file says of its picture, where it says nothing itself."""
    pair = known.get(row.image_path) if row.image_path else None
    if pair is None:
        return row
    app = {"app": pair.extra["app"]} if "app" in pair.extra else {}
    return replace(
        row,
        id=row.id or pair.id,
        domain=row.domain or pair.domain,
        extra={**app, **row.extra},
    )


def _hash(path: Path) -> str | None:
    """The file's SHA-256; None of a folder."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
