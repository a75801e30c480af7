"""One example as quality and splits see it, and how rows and the store become such."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ghost_engine.data.files.rows import Row
from ghost_engine.data.records import Example, Screenshot
from ghost_engine.errors import StoreError

if TYPE_CHECKING:
    from ghost_engine.data.store import Store


@dataclass(frozen=True, slots=True)
class Sample:
    """One screenshot (or a screen in words) and its SQL.

    `image_hash` is the screenshot's key as the store knows it: the SHA-256 of the file's bytes,
    or "missing:" and a hash of the path (or words); "" until somebody reads the file. `image` is
    the picture's file, `image_bytes` the file itself where a dataset carries it. `declared` is
    the path a dataset gives, "" for a screen in words. `phash` is "" until somebody computes it.
    """

    id: str
    sql: str
    image: Path | None = None
    image_hash: str = ""
    phash: str = ""
    instruction: str = ""
    domain: str = ""
    app: str = ""
    description: str = ""
    declared: str = ""
    image_bytes: bytes | None = field(default=None, repr=False)

    @property
    def has_picture(self) -> bool:
        return self.image is not None or self.image_bytes is not None

    @property
    def image_missing(self) -> bool:
        """A picture is declared, and is not there."""
        return bool(self.declared) and not self.has_picture


def from_rows(rows: Iterable[Row]) -> Iterator[Sample]:
    """The samples of a dataset's rows; an id is the row's, else its line.

    Where several have one id (an array on one line, say), a number follows from the second on.
    """
    met: Counter[str] = Counter()
    for row in rows:
        name = row.id or f"line {row.line}"
        met[name] += 1
        yield _from_row(row, name if met[name] == 1 else f"{name} #{met[name]}")


def from_store(store: Store) -> Iterator[Sample]:
    """Every example of the store that has SQL and is not rejected; its id is the example's."""
    for example in store.iterate():
        if example.sql.strip() and example.status != "rejected":
            yield _from_example(store, example)


def _from_row(row: Row, name: str) -> Sample:
    app = row.extra.get("app", "")
    return Sample(
        id=name,
        sql=row.sql,
        image=row.image_path,
        image_hash="" if row.image_path or row.image_bytes else _absent_key(row),
        instruction=row.instruction,
        domain=row.domain or "",
        app=app if isinstance(app, str) else "",
        description=row.description,
        declared=row.image or ("(in the file)" if row.image_bytes else ""),
        image_bytes=row.image_bytes,
    )


def _from_example(store: Store, example: Example) -> Sample:
    shot = example.screenshot
    return Sample(
        id=str(example.id),
        sql=example.sql,
        image=_picture(store, shot),
        image_hash=shot.key,
        phash=shot.perceptual_hash,
        instruction=example.suggestion.instruction if example.suggestion else "",
        domain=example.domain,
        app=example.app,
        description=example.description,
        declared=shot.path or ("" if shot.missing else shot.key),
    )


def _picture(store: Store, shot: Screenshot) -> Path | None:
    """The picture's file; None where it is missing or gone."""
    if shot.missing:
        return None
    try:
        path = store.picture_path(shot)
    except StoreError:
        return None
    return path if path.is_file() else None


def _absent_key(row: Row) -> str:
    """As an import names it: by the declared path, or by the words."""
    words = row.description or row.instruction
    return Screenshot.absent(row.image if row.image is not None else f"text:{words}").key


def content_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
