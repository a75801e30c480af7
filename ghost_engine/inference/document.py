"""A schema as a typed document: what a model fills in, from which we write the DDL.

`SCHEMA` is a JSON schema for engines that can hold a model to one; every list and text in it is
bounded, so that an answer always ends. `fill` takes what a model wrote, also one that was cut, and
`write_sql` makes PostgreSQL of it. Whether that runs, `sql.check` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ghost_engine.errors import EngineError
from ghost_engine.inference.protocol import Evidence
from ghost_engine.sql.repair.vocabulary import foreign_types, literal, spelled, type_words

MOST_TABLES = 12
MOST_COLUMNS = 32
MOST_VALUES = 12
LONGEST_TEXT = 60

_NAME = "[a-z_][a-z0-9_]{0,62}"
_TYPES = (
    "bigint|integer|smallint|text|boolean|date|timestamptz|timestamp|time|uuid|jsonb|bytea|inet|"
    "interval|real|double precision|"
    r"numeric\([1-9][0-9]?,[0-9]\)|numeric|varchar\([1-9][0-9]{0,3}\)|char\([1-9][0-9]?\)"
)
_TEXT = {"type": "string", "maxLength": LONGEST_TEXT}
_COLUMN = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": f"^{_NAME}$"},
        "type": {"type": "string", "pattern": rf"^({_TYPES})(\[\])?$"},
        "label": _TEXT,
        "primary_key": {"type": "boolean"},
        "required": {"type": "boolean"},
        "unique": {"type": "boolean"},
        "references": {"type": "string", "pattern": rf"^{_NAME}\.{_NAME}$"},
        "values": {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": MOST_VALUES},
    },
    "required": ["name", "type"],
    "additionalProperties": False,
}
_TABLE = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": f"^{_NAME}$"},
        "columns": {"type": "array", "items": _COLUMN, "minItems": 1, "maxItems": MOST_COLUMNS},
    },
    "required": ["name", "columns"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"tables": {"type": "array", "items": _TABLE, "maxItems": MOST_TABLES}},
    "required": ["tables"],
    "additionalProperties": False,
}
"""What a document looks like. `label` is the text on the screen that a column comes from, "" or
left out where there is none; `references` is "table.column"; `values` are all that may stand in a
text. A flat column that ends with its brace is whole: that is how a cut document is mended."""

_START = re.compile(r'\{\s*"tables"')
_TOO_SHORT = "The model's document was cut before its first column was whole."
_AGAIN = "Ask again, or let the model write plain SQL (--form sql)."
_IDENTITY = ("bigint", "integer", "smallint", "int", "int8", "int4", "int2")
_TEXTS = ("text", "varchar", "char", "character", "character varying", "bpchar", "citext")
_TWO_WORDS = ("double precision", "character varying", "bit varying")
_TYPE = re.compile(
    r"(?P<base>[a-z][a-z0-9_]*(?: (?:precision|varying))?)"
    r" ?(?P<size>\( ?\d+ ?(?:, ?\d+ ?)?\))?"
    r"(?P<zone> with(?:out)? time zone)?"
    r"(?P<array>(?: ?\[\d*\])*)"
)


class _Column(BaseModel):
    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    name: str = Field(min_length=1)
    type: str = Field(min_length=1)
    label: str | None = None
    primary_key: bool | None = False
    required: bool | None = False
    unique: bool | None = False
    references: str | None = None
    values: tuple[str, ...] | None = None


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    name: str = Field(min_length=1)
    columns: tuple[_Column, ...] = Field(min_length=1)


class _Schema(BaseModel):
    model_config = ConfigDict(frozen=True)

    tables: tuple[_Table, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was read; `whole` is False where its end is missing."""

    content: dict[str, Any]
    whole: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of an answer. Empty `sql` has a `reason`; `whole` is False where it was cut."""

    sql: str
    columns: tuple[Evidence, ...] = ()
    whole: bool = True
    reason: str = ""


def fill(answer: str) -> Filled:
    """A model's answer as SQL with its evidence, or the reason why there is none."""
    try:
        document = read_document(answer)
        sql = write_sql(document.content)
        columns = list_evidence(document.content)
    except EngineError as error:
        return Filled("", reason=str(error))
    if not sql:
        reason = "The model saw nothing to store." if document.whole else _TOO_SHORT
        return Filled("", whole=document.whole, reason=reason)
    return Filled(sql, columns, document.whole)


def read_document(text: str) -> Document:
    """What a model wrote, in a code fence or with words around it too.

    Of a document that was cut, every column that is whole is kept, and every table that has one;
    references to what is missing then are dropped.

    Raises:
        EngineError: no document can be found in it.
    """
    found = _START.search(text) or re.search(r"\{", text)
    if found is None:
        raise EngineError("The model did not answer with a JSON document.", _AGAIN)
    try:
        content, _ = json.JSONDecoder(strict=False).raw_decode(text, found.start())
        whole = True
    except (ValueError, RecursionError):
        content, whole = _without_loose_ends(_mended(text[found.start() :])), False
    if not isinstance(content, dict):
        raise EngineError("The model's JSON document cannot be read.", _AGAIN)
    return Document(content, whole)


def write_sql(document: Mapping[str, Any]) -> str:
    """The document as PostgreSQL: referred tables first, circles closed at the end.

    Names that are no plain words are quoted, types of other databases translated. A document
    without tables gives "".

    Raises:
        EngineError: something is missing, or a type is no name.
    """
    tables = _in_order(_typed(document).tables)
    made: set[str] = set()
    creates: list[str] = []
    late: list[str] = []
    for table in tables:
        made.add(table.name)
        creates.append(_create(table, made, {other.name for other in tables}))
        late += [
            f"ALTER TABLE {spelled(table.name)} ADD FOREIGN KEY ({spelled(column.name)})"
            f" {_references(column)};"
            for column in table.columns
            if _is_late(column, made, {other.name for other in tables})
        ]
    parts = ["\n\n".join(creates), "\n".join(late)]
    return "\n\n".join(part for part in parts if part) + "\n" if creates else ""


def list_evidence(document: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """What the document says of each column's text on the screen.

    Raises:
        EngineError: as `write_sql`.
    """
    return tuple(
        Evidence(
            table.name,
            column.name,
            _type(table, column),
            reason="as the model read it" if column.label else "",
            label=column.label or None,
        )
        for table in _in_order(_typed(document).tables)
        for column in table.columns
    )


def _typed(document: Mapping[str, Any]) -> _Schema:
    try:
        return _Schema.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        what = "is missing" if first["type"] == "missing" else f"is wrong ({first['msg']})"
        raise EngineError(
            f"The model's document cannot be used: {_place(first['loc'])} {what}.", _AGAIN
        ) from error


def _place(steps: Sequence[int | str]) -> str:
    """("tables", 0, "columns", 2, "type") -> "the type of column 3 of table 1"."""
    words: list[str] = []
    for step in steps:
        if isinstance(step, int):
            words[-1] = f"{words[-1].removesuffix('s')} {step + 1}"
        else:
            words.append(step)
    return "the " + " of ".join(reversed(words))


# SQL


def _in_order(tables: Sequence[_Table]) -> list[_Table]:
    """Referred tables first, as far as circles allow; otherwise as given."""
    ordered: list[_Table] = []
    waiting = list(tables)
    while waiting:
        names = {table.name for table in waiting}
        ready = next((table for table in waiting if not _needs(table) & names), waiting[0])
        ordered.append(ready)
        waiting.remove(ready)
    return ordered


def _needs(table: _Table) -> set[str]:
    return {_target(column)[0] for column in table.columns if column.references} - {table.name}


def _create(table: _Table, made: set[str], known: set[str]) -> str:
    keys = [column for column in table.columns if column.primary_key]
    lines = [_line(table, column, len(keys) == 1, made, known) for column in table.columns]
    if len(keys) > 1:
        lines.append(f"PRIMARY KEY ({', '.join(spelled(column.name) for column in keys)})")
    return f"CREATE TABLE {spelled(table.name)} (\n    " + ",\n    ".join(lines) + "\n);"


def _line(table: _Table, column: _Column, alone: bool, made: set[str], known: set[str]) -> str:
    name, kind = spelled(column.name), _type(table, column)
    key = bool(column.primary_key and alone)
    parts = [name, kind]
    if key and kind in _IDENTITY and not column.references:
        parts.append("GENERATED ALWAYS AS IDENTITY")
    if column.required and not column.primary_key:
        parts.append("NOT NULL")
    if key:
        parts.append("PRIMARY KEY")
    elif column.unique:
        parts.append("UNIQUE")
    if column.references and not _is_late(column, made, known):
        parts.append(_references(column))
    if column.values and kind.partition("(")[0] in _TEXTS and not kind.endswith("]"):
        allowed = dict.fromkeys(column.values)
        parts.append(f"CHECK ({name} IN ({', '.join(literal(value) for value in allowed)}))")
    return " ".join(parts)


def _is_late(column: _Column, made: set[str], known: set[str]) -> bool:
    """A reference to a table further down; one to a table that is nowhere stays for the judge."""
    target = _target(column)[0]
    return bool(column.references) and target in known and target not in made


def _references(column: _Column) -> str:
    table, key = _target(column)
    return f"REFERENCES {spelled(table)}" + (f" ({spelled(key)})" if key else "")


def _target(column: _Column) -> tuple[str, str]:
    """ "customers.id", "customers(id)" and "customers" -> the table, and the column or ""."""
    text = (column.references or "").strip().rstrip(")").replace("(", ".")
    table, _, key = text.partition(".")
    return table.strip(), key.strip()


def _type(table: _Table, column: _Column) -> str:
    """The type as PostgreSQL has it; a name it has not stays, so that the model hears of it from
    PostgreSQL itself and can put it right.

    Raises:
        EngineError: it is no name of a type at all.
    """
    words = " ".join(column.type.lower().split())
    found = _TYPE.fullmatch(words)
    if found is not None:
        base, size = found["base"], (found["size"] or "").replace(" ", "")
        known = base in _TWO_WORDS or base in type_words("known")
        if not known and (foreign := foreign_types().get(base)):
            return _translated(foreign.to, foreign.size, size) + found["array"].replace(" ", "")
        return base + size + (found["zone"] or "") + found["array"].replace(" ", "")
    raise EngineError(
        f"The column {column.name} of {table.name} has the type {column.type[:60]!r},"
        " which is the name of none.",
        _AGAIN,
    )


def _translated(to: str, rule: str, size: str) -> str:
    if rule == "scale":
        return f"numeric{size}" if "," in size else to
    if to == "varchar" and not size:
        return "text"
    return to + size if rule == "keep" and to != "text" else to


# A document that was cut


def _mended(text: str) -> Any:
    """The document up to the last table or column that is whole, closed there; None if none is."""
    stack: list[str] = []
    mended = ""
    in_text = escaped = False
    for place, letter in enumerate(text):
        if in_text:
            in_text = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            in_text = True
        elif letter in "{[":
            stack.append("}" if letter == "{" else "]")
        elif letter in "}]" and stack and stack.pop() == letter:
            if letter == "}" and stack and stack[-1] == "]":  # an element of a list
                mended = text[: place + 1] + "".join(reversed(stack))
    try:
        return json.loads(mended, strict=False) if mended else {"tables": []}
    except (ValueError, RecursionError):
        return None


def _without_loose_ends(content: Any) -> Any:
    """References to what was cut away would only be errors."""
    try:
        tables = _Schema.model_validate(content).tables
    except ValidationError:
        return content
    there = {(table.name, column.name) for table in tables for column in table.columns}
    there |= {(table.name, "") for table in tables}
    for table, written in zip(tables, content["tables"], strict=True):
        for column, fields in zip(table.columns, written["columns"], strict=True):
            if column.references and _target(column) not in there:
                del fields["references"]
    return content
