"""One row of any dataset file: a screenshot as declared, its SQL and what else is known of it.

A parsed mapping (a JSON object, a CSV record, a Parquet row) goes in, a `Row` or the reason why it
is none comes out. Which form it has is told by its keys. Nothing here touches the disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ghost_engine.data.pairs import Pair, PairColumn
from ghost_engine.sql.compare import Visible

IMAGE_NAMES = ("image", "image_path", "file_name")
SQL_NAMES = ("sql", "output", "text")
INSTRUCTION_NAMES = ("instruction", "prompt")
DESCRIPTION_NAMES = ("input",)
TEXT_NAMES = ("id", "provider", "model", "prompt_version", "domain")
MAX_EXTRA_DEPTH = 20

_MESSAGE_KEYS = {"messages", "images"}
_PAIR_MARKS = ("tables", "columns")


@dataclass(frozen=True, slots=True)
class Row:
    """One example as a file tells it.

    `line` counts from 1: the line it begins on, or its position where a form has no lines.
    `image` is the path as declared, None for a row without a screenshot; `image_path` is where it
    was found, `image_bytes` the picture where the file itself carries it; with neither, it is
    missing. `sql` is "" where only a screenshot is given. `extra` keeps every other key as it was.
    """

    line: int
    image: str | None = None
    image_path: Path | None = None
    image_bytes: bytes | None = field(default=None, repr=False)
    sql: str = ""
    instruction: str = ""
    description: str = ""
    id: str | None = None
    provider: str | None = None
    model: str | None = None
    prompt_version: str | None = None
    domain: str | None = None
    tables: Mapping[str, Visible] | None = None
    columns: tuple[PairColumn, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def image_missing(self) -> bool:
        """A screenshot is declared, and is not there."""
        return self.image is not None and self.image_path is None and self.image_bytes is None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was passed over, and why; with `last`, nothing after it could be read."""

    line: int
    reason: str
    last: bool = False


class NotARow(ValueError):
    """Why a mapping is no row, in the user's words."""


def row_from(line: int, value: object) -> Row:
    """The row in a parsed mapping.

    Raises:
        NotARow: it is no mapping, of no known form, or holds what cannot be kept.
    """
    if not isinstance(value, Mapping):
        raise NotARow(f"it is {_kind(value)}, not an object")
    _check_storable(value)
    # Tables have no way to leave a cell out: an empty one says nothing.
    known = {str(key): each for key, each in value.items() if each is not None and each != ""}
    if "messages" in known:
        return _from_messages(line, known)
    return _from_keys(line, known)


def _from_messages(line: int, value: Mapping[str, Any]) -> Row:
    """The vision form: a question with a picture, and an answer."""
    asked, answer = _turns(value["messages"])
    images, texts = _content(asked)
    images += _as_list(value.get("images", []))
    if len(images) > 1:
        raise NotARow(f"it has {len(images)} pictures; one is expected")
    _, answers = _content(answer)
    rest = {key: each for key, each in value.items() if key not in _MESSAGE_KEYS}
    image, data = _picture(images[0]) if images else (None, None)
    instruction = "\n".join(texts).replace("<image>", "").strip()
    return _finish(line, rest, image, data, "\n".join(answers), instruction, "")


def _from_keys(line: int, value: Mapping[str, Any]) -> Row:
    """The pairs, flat and text forms: named columns."""
    image_name, sql_name = _first(value, IMAGE_NAMES), _first(value, SQL_NAMES)
    if image_name is None and sql_name is None:
        keys = ", ".join(map(str, list(value)[:8])) or "none"
        raise NotARow(f'it has neither "messages" nor "image" nor "sql" or "output" (keys: {keys})')
    instruction_name = _first(value, INSTRUCTION_NAMES)
    description_name = _first(value, DESCRIPTION_NAMES)
    used = {image_name, sql_name, instruction_name, description_name}
    rest = {key: each for key, each in value.items() if key not in used}
    image, data = _picture(value[image_name]) if image_name else (None, None)
    texts = [_text(value, name) for name in (sql_name, instruction_name, description_name)]
    return _finish(line, rest, image, data, *texts)


def _finish(
    line: int,
    rest: dict[str, Any],
    image: str | None,
    data: bytes | None,
    sql: str,
    instruction: str,
    description: str,
) -> Row:
    if not sql.strip() and image is None:
        raise NotARow("it has neither SQL nor a picture")
    if image is None and not (description or instruction).strip():
        raise NotARow("it has neither a picture nor a description")
    tables, columns = _marks(rest)
    texts = {name: _short_text(rest.pop(name, None), name) for name in TEXT_NAMES}
    return Row(
        line,
        image,
        None,
        data,
        sql,
        instruction,
        description,
        **texts,
        tables=tables,
        columns=columns,
        extra={name: each for name, each in rest.items() if not _holds_bytes(each)},
    )


def _turns(messages: object) -> tuple[object, object]:
    """What the user said and what the assistant answered; a system message is passed over."""
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        raise NotARow('"messages" is not a list')
    turns = [each for each in messages if isinstance(each, Mapping)]
    roles = [each.get("role") for each in turns if each.get("role") != "system"]
    if roles != ["user", "assistant"]:
        shown = ", ".join(str(role) for role in roles[:6]) or "none"
        raise NotARow(f'"messages" should be one user and one assistant turn (roles: {shown})')
    user, assistant = (each.get("content") for each in turns if each.get("role") != "system")
    return user, assistant


def _content(content: object) -> tuple[list[object], list[str]]:
    """The pictures and texts of one turn, whose content is a text or a list of parts."""
    if isinstance(content, str):
        return [], [content]
    images: list[object] = []
    texts: list[str] = []
    for part in _as_list(content):
        if not isinstance(part, Mapping):
            raise NotARow("a part of a message is not an object")
        if part.get("type") == "image":
            images.append(part.get("image"))
        elif part.get("type") == "text":
            texts.append(_text(part, "text"))
        else:
            raise NotARow(f"a part of a message has the unknown type {part.get('type')!r}"[:120])
    return images, texts


def _picture(value: object) -> tuple[str, bytes | None]:
    """A picture as declared: a path, or `{"bytes", "path"}` as Hugging Face keeps it."""
    if isinstance(value, str) and value.strip():
        return value.strip(), None
    if isinstance(value, Mapping):
        path, data = value.get("path"), value.get("bytes")
        if isinstance(data, bytes):
            return (path if isinstance(path, str) and path else "embedded"), data
        if isinstance(path, str) and path:
            return path, None
    if isinstance(value, bytes):
        return "embedded", value
    raise NotARow(f"its picture is {_kind(value)}, not a path")


def _marks(
    rest: dict[str, Any],
) -> tuple[Mapping[str, Visible] | None, tuple[PairColumn, ...] | None]:
    """Takes the marks of the pairs form out of `rest`."""
    marks = {name: rest.pop(name) for name in _PAIR_MARKS if name in rest}
    if not marks:
        return None, None
    try:
        pair = Pair.model_validate({"id": "-", "image": "-", "sql": "", **marks})
    except ValidationError as error:
        first = error.errors()[0]
        raise NotARow(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    return pair.tables, pair.columns


def _first(value: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in value), None)


def _text(value: Mapping[str, Any], name: str | None) -> str:
    text = value.get(name, "") if name else ""
    if not isinstance(text, str):
        raise NotARow(f'"{name}" is {_kind(text)}, not a text')
    return text


def _short_text(value: object, name: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float):
        return str(value)[:500]
    raise NotARow(f'"{name}" is {_kind(value)}, not a text')


def _as_list(value: object) -> list[object]:
    if isinstance(value, str | bytes | Mapping) or value is None:
        return [value] if value is not None else []
    return list(value) if isinstance(value, Sequence) else [value]


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "an object" if isinstance(value, Mapping) else "a list")


def _holds_bytes(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_bytes(each) for each in value.values())
    if isinstance(value, list):
        return any(_holds_bytes(each) for each in value)
    return isinstance(value, bytes)


def _check_storable(value: object, depth: int = 0) -> None:
    """Refuse what no database holds: NUL characters, lone surrogates, bytes that are no UTF-8."""
    if depth > MAX_EXTRA_DEPTH:
        raise NotARow(f"it is nested more than {MAX_EXTRA_DEPTH} levels deep")
    if isinstance(value, str):
        _check_characters(value)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            _check_storable(str(key), depth + 1)
            _check_storable(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _check_storable(each, depth + 1)


def _check_characters(text: str) -> None:
    if "\0" in text:
        raise NotARow("it holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        byte = ord(text[error.start])
        if 0xDC80 <= byte <= 0xDCFF:  # how "surrogateescape" marks what it could not decode
            reason = f"it is not UTF-8 text (byte 0x{byte - 0xDC00:02x})"
        else:
            reason = f"it holds half a character (\\u{byte:04x})"
        raise NotARow(reason) from error
