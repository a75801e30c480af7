"""From a row to what the store keeps: its picture decoded and measured, its SQL judged.

Rows go in; a `NewExample` or the reason why there is none comes out, in the order of the rows.
Both kinds of work leave Python, so a few threads keep all cores busy; each distinct text is judged
once. The store itself is not touched here.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from ghost_engine.data.files.rows import Row, Skipped
from ghost_engine.data.images import intake, read_picture_bytes
from ghost_engine.data.phash import perceptual_hash
from ghost_engine.data.records import (
    FROM_FILE,
    Extension,
    NewExample,
    NewSuggestion,
    Screenshot,
    Verdict,
)
from ghost_engine.data.thumbnails import thumbnail
from ghost_engine.errors import ImageError
from ghost_engine.sql import Report, check

_REMEMBERED_VERDICTS = 10_000
_KEPT_ELSEWHERE = {"app", "source", "licence"}
_MAX_TEXT = 2_000  # characters of a source or a licence
_EXTENSIONS: dict[bytes, Extension] = {b"\x89PN": "png", b"\xff\xd8\xff": "jpg", b"RIF": "webp"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A row whose picture's bytes were read and not decoded; `key` is the screenshot's."""

    row: Row
    key: str
    picture: bytes | None = field(default=None, repr=False)


def load(row: Row) -> Loaded | Skipped:
    """Read the bytes of the row's picture; says why where they cannot be had."""
    data = row.image_bytes
    if row.image_path is not None:
        try:
            data = read_picture_bytes(row.image_path)
        except ImageError as error:
            return Skipped(row.line, error.message)
    if data is None:
        return Loaded(row, _absent(row).key)
    return Loaded(row, hashlib.sha256(data).hexdigest(), data)


class Judge:
    """Judges each distinct text once, however many threads ask; the newest verdicts are kept.

    Args:
        ask: the judge, `ghost_engine.sql.check`.
    """

    def __init__(self, ask: Callable[[str], Report] = check) -> None:
        self._ask = ask
        self._lock = Lock()
        self._verdicts: OrderedDict[str, Future[Verdict]] = OrderedDict()
        self.asked = 0

    def verdict(self, sql: str, digest: str) -> Verdict:
        """The verdict on one text, known by its SHA-256.

        Raises:
            SandboxError: no PostgreSQL can be had to judge it.
        """
        with self._lock:
            known = self._verdicts.get(digest)
            verdict = known or self._verdicts.setdefault(digest, Future())
            if len(self._verdicts) > _REMEMBERED_VERDICTS:
                self._verdicts.popitem(last=False)
        if known is None:
            self._settle(verdict, sql)
        return verdict.result()

    def _settle(self, verdict: Future[Verdict], sql: str) -> None:
        try:
            verdict.set_result(Verdict.of(self._ask(sql)))
            self.asked += 1
        except BaseException as error:
            verdict.set_exception(error)


def prepare(
    loaded: Loaded, judge: Judge, known: Mapping[str, Verdict] | None, approved_by: str
) -> NewExample | Skipped:
    """Decode the picture and judge the SQL; a damaged picture's row is passed over.

    Args:
        loaded: the row and its picture's bytes.
        judge: asked for texts that are not `known`.
        known: verdicts by the text's SHA-256 if the store has the picture; else None.
        approved_by: in whose name what executes is approved; "" leaves it a suggestion.

    Raises:
        SandboxError: no PostgreSQL can be had to judge it.
    """
    row = loaded.row
    try:
        screenshot, small = _screenshot(loaded, decode=known is None)
    except ImageError as error:
        return Skipped(row.line, error.message)
    suggestion = _suggestion(row, judge, known or {}) if row.sql.strip() else None
    runs = suggestion is not None and suggestion.verdict is not None and suggestion.verdict.executes
    return NewExample(
        screenshot,
        suggestion,
        loaded.picture if known is None else None,
        small,
        domain=row.domain or "",
        app=_text(row.extra, "app"),
        description=row.description,
        reference=_reference(row, loaded.key),
        approved_by=approved_by if runs else "",
    )


def _screenshot(loaded: Loaded, decode: bool) -> tuple[Screenshot, bytes | None]:
    """The screenshot and its thumbnail; without decoding, what the file tells of it and no more."""
    row = loaded.row
    if loaded.picture is None:
        return _absent(row), None
    told = Screenshot(
        loaded.key,
        path=row.image or "",
        source=_text(row.extra, "source"),
        licence=_text(row.extra, "licence"),
    )
    if not decode:
        return told, None
    picture = intake(loaded.picture, told.path)
    width, height = picture.pixels.size
    measured = replace(
        told,
        width=width,
        height=height,
        bytes=len(loaded.picture),
        extension=_EXTENSIONS[loaded.picture[:3]],
        perceptual_hash=perceptual_hash(picture.pixels),
    )
    return measured, thumbnail(picture)


def _absent(row: Row) -> Screenshot:
    """A picture that is not there; a row of text is known by its words, and has no path."""
    text = row.description or row.instruction
    absent = Screenshot.absent(row.image if row.image is not None else f"text:{text}")
    source, licence = _text(row.extra, "source"), _text(row.extra, "licence")
    return replace(absent, path=row.image or "", source=source, licence=licence)


def _suggestion(row: Row, judge: Judge, known: Mapping[str, Verdict]) -> NewSuggestion:
    digest = hashlib.sha256(row.sql.encode()).hexdigest()
    return NewSuggestion(
        row.sql,
        row.provider or FROM_FILE,
        row.model or "",
        row.instruction,
        row.prompt_version or "",
        known.get(digest) or judge.verdict(row.sql, digest),
    )


def _reference(row: Row, key: str) -> dict[str, Any] | None:
    """What else a row says, as JSON, so that an export can say it again."""
    known: dict[str, Any] = {
        name: each for name, each in row.extra.items() if name not in _KEPT_ELSEWHERE
    }
    if row.id is not None and row.id != default_id(key):
        known["id"] = row.id
    if row.tables is not None:
        known["tables"] = dict(row.tables)
    if row.columns is not None:
        known["columns"] = [
            each.model_dump(mode="json", by_alias=True, exclude_unset=True) for each in row.columns
        ]
    return known or None


def default_id(key: str) -> str:
    """What an export calls the example of a screenshot that has no id of its own."""
    return key.removeprefix("missing:")[:16]


def _text(extra: Mapping[str, Any], key: str) -> str:
    value = extra.get(key, "")
    return value[:_MAX_TEXT] if isinstance(value, str) else ""
