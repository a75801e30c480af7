"""The pairs format: JSON Lines of `{"id", "image", "sql"}`, what evaluation scores against.

Optional keys say what the screenshot shows (`columns`, `tables`) and where the pair comes from;
keys this module does not know are kept as they are. Reading checks the form of every line and
touches neither pictures nor SQL.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ghost_engine.errors import FileError
from ghost_engine.sql.compare import Visibility, Visible


class PairColumn(BaseModel):
    """One column of the reference and whether the screenshot shows it.

    `structural` columns are not shown but follow from what is, such as keys. `box` is in source
    pixels: x0, y0, x1, y1.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="allow")

    table: str
    column: str
    visible: Visible = Field("visible", alias="class")
    label: str | None = None
    box: tuple[int | float, int | float, int | float, int | float] | None = None


class Pair(BaseModel):
    """One screenshot and its schema. `image` is relative to the file's folder."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str = Field(min_length=1)
    image: str = Field(min_length=1)
    sql: str
    domain: str | None = None
    framework: str | None = None
    theme: str | None = None
    screen_kind: str | None = None
    tables: Mapping[str, Visible] | None = None
    columns: tuple[PairColumn, ...] | None = None

    def image_path(self, folder: Path) -> Path:
        """Where the picture lies, for a pairs file in `folder`.

        Raises:
            FileError: the path is absolute or leads out of `folder`.
        """
        path = folder / self.image
        inside = path.resolve().is_relative_to(folder.resolve())
        if Path(self.image).is_absolute() or not inside:
            raise FileError(
                f'Pair "{self.id}": the image path {self.image} leaves the folder of its file.',
                "Put the pictures beside the pairs file or below it.",
            )
        return path


def visibility_of(pair: Pair) -> Visibility | None:
    """What the pair's screenshot shows of its reference, or None where nobody marked it."""
    if pair.columns is None and pair.tables is None:
        return None
    marks = {(item.table, item.column): item.visible for item in pair.columns or ()}
    return Visibility(marks, pair.tables or {})


def read_pairs(path: Path, limit: int | None = None) -> list[Pair]:
    """The pairs of a file, in its order.

    Args:
        path: a JSON Lines file; empty lines are passed over.
        limit: read at most so many pairs.

    Raises:
        FileError: it cannot be read, a line is no pair, or an id comes twice; names the line.
    """
    pairs: list[Pair] = []
    lines: dict[str, int] = {}
    for number, line in _numbered_lines(path):
        if limit is not None and len(pairs) >= limit:
            break
        pair = _parse(path, number, line)
        if pair.id in lines:
            raise FileError(
                f'{path.name}, line {number}: the id "{pair.id}" stands on line {lines[pair.id]}'
                " already.",
                "Give every pair an id of its own.",
            )
        lines[pair.id] = number
        pairs.append(pair)
    return pairs


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Write a pairs file, whole or not at all; returns how many it holds.

    Raises:
        FileError: it cannot be written.
    """
    lines = [
        json.dumps(pair.model_dump(by_alias=True, exclude_unset=True), ensure_ascii=False)
        for pair in pairs
    ]
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        partial.replace(path)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written: {error.strerror or error}.", "Check the folder."
        ) from error
    return len(lines)


def _numbered_lines(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise FileError(f"{path} does not exist.", "Check the path.") from error
    except (OSError, ValueError) as error:
        raise FileError(f"{path} cannot be read: {error}.", "Give a JSON Lines file.") from error
    # Not splitlines: JSON strings may hold U+2028 and its like unescaped.
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _parse(path: Path, number: int, line: str) -> Pair:
    try:
        return Pair.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the line"
        raise FileError(
            f"{path.name}, line {number}: {place}: {first['msg']}.",
            'A pair is one line of {"id", "image", "sql"}.',
        ) from error
