"""A domain: an authored schema and what its columns are called and filled with.

`domains/<name>.sql` is the schema, in a strict layout (one column or constraint a line), so that
any part of it can be cut out with its own words; `domains/<name>.toml` adds labels in several
languages and value generators. Loading reads text only: that every schema runs is a test's word.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ghost_engine.errors import FileError
from ghost_engine.sql.lexer import Token, tokenize
from ghost_engine.sql.script import read_script

FOLDER = Path(__file__).parent / "domains"
_STARTS = {"NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "REFERENCES", "CHECK", "GENERATED"}
_CONSTRAINTS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE"}


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a definition in its own words, and the table's columns it speaks of."""

    text: str
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `type` and `clauses` as written; `gen` is a value generator's call."""

    table: str
    name: str
    type: str
    clauses: tuple[Clause, ...]
    references: str | None
    target: str  # the column referred to; "" is the target's primary key
    nullable: bool
    unique: bool
    words: Mapping[str, tuple[str, ...]]
    gen: str
    empty: float
    unit: str
    help: str

    @property
    def path(self) -> str:
        return f"{self.table}.{self.name}"

    def labels(self, language: str) -> tuple[str, ...]:
        """What applications write over it, likeliest first."""
        return self.words.get(language) or self.words["en"]


@dataclass(frozen=True, slots=True)
class Label:
    """One value of an enum: how it is shown and how often it occurs."""

    value: str
    tone: str
    weight: float
    words: Mapping[str, str]

    def text(self, language: str) -> str:
        return self.words.get(language) or self.words["en"]


@dataclass(frozen=True, slots=True)
class Table:
    """One table and its part in screens; see docs/synthetic.md for each flag."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    constraints: tuple[Clause, ...]
    indexes: tuple[Clause, ...]
    names: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    icon: str
    show: tuple[str, ...]
    rows: int
    main: bool
    board: str
    calendar: str
    gallery: bool
    lines_of: str
    link: tuple[str, ...]
    settings: bool

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def references(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.references)


@dataclass(frozen=True, slots=True)
class Domain:
    """A whole domain. Tables and enums are in the order of the script."""

    name: str
    brands: tuple[str, ...]
    icon: str
    languages: tuple[str, ...]
    enums: Mapping[str, tuple[Label, ...]]
    lists: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Table]
    sql: str

    def children(self, table: str) -> Iterator[Column]:
        """The foreign keys that point at `table`, from other tables."""
        for other in self.tables.values():
            for column in other.references:
                if column.references == table and other.name != table:
                    yield column

    def words(self, name: str, language: str) -> tuple[str, ...]:
        """A word list, in the language where there is one."""
        return self.lists.get(f"{name}_{language}") or self.lists[name]


def domain_names() -> tuple[str, ...]:
    """Every domain there is, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.sql")))


@lru_cache(maxsize=64)
def load_domain(name: str) -> Domain:
    """A domain by name.

    Raises:
        FileError: there is none of that name, or its two files do not fit together.
    """
    try:
        sql = (FOLDER / f"{name}.sql").read_text("utf-8")
        notes = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(domain_names())
        raise FileError(f'There is no domain "{name}".', f"Choose from: {known}.") from error
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{name}.toml is no TOML: {error}.", "Mend that line.") from error
    return _build(name, sql, notes)


def _build(name: str, sql: str, notes: dict[str, Any]) -> Domain:
    script = read_script(sql)
    enums: dict[str, tuple[Label, ...]] = {}
    parts: dict[str, dict[str, Any]] = {}
    for statement in script.statements:
        tokens = list(tokenize(statement.text))
        head = [token.key for token in tokens[:3]]
        if head[:2] == ["CREATE", "TYPE"]:
            enum = tokens[2].name
            enums[enum] = _labels(tokens, notes.get("enums", {}).pop(enum, {}), name)
        elif head[:2] == ["CREATE", "TABLE"]:
            table = tokens[2].name
            parts[table] = _table_parts(statement.text, tokens) | {"indexes": []}
        elif "INDEX" in head:
            on = next(i for i, token in enumerate(tokens) if token.key == "ON")
            owner = parts[tokens[on + 1].name]
            named = frozenset(token.name for token in tokens[on + 2 :]) & owner["names"]
            owner["indexes"].append(Clause(statement.text.strip().rstrip(";"), named))
    tables = {
        table: _table(table, part, notes.pop(table, None), f"{name}.toml")
        for table, part in parts.items()
    }
    domain = Domain(
        name=name,
        brands=tuple(notes.pop("brands")),
        icon=notes.pop("icon"),
        languages=tuple(notes.pop("languages")),
        enums=enums,
        lists={key: tuple(words) for key, words in notes.pop("lists", {}).items()},
        tables=tables,
        sql=sql,
    )
    unknown = [key for key in notes if key != "enums"] + list(notes.get("enums", {}))
    if unknown:
        raise FileError(
            f"{name}.toml speaks of {', '.join(unknown)}, which {name}.sql does not have.",
            "Correct the name.",
        )
    return domain


def _labels(tokens: list[Token], notes: dict[str, Any], name: str) -> tuple[Label, ...]:
    values = [token.text[1:-1].replace("''", "'") for token in tokens if token.kind == "string"]
    unknown = set(notes) - set(values)
    if unknown:
        raise FileError(f"{name}.toml has enum values unknown to {name}.sql: {sorted(unknown)}.")
    return tuple(_label(value, notes.get(value, {})) for value in values)


def _label(value: str, notes: dict[str, Any]) -> Label:
    words = {key: text for key, text in notes.items() if key not in ("tone", "weight")}
    words.setdefault("en", humanise(value))
    return Label(value, notes.get("tone", "neutral"), float(notes.get("weight", 1)), words)


def humanise(name: str) -> str:
    """`birth_date` as a form would write it: `Birth date`."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _table_parts(text: str, tokens: list[Token]) -> dict[str, Any]:
    """The items between the outer brackets: columns by name, and table constraints."""
    items: list[list[Token]] = [[]]
    depth = 0
    for token in tokens[3:]:
        depth -= token.key == ")"
        if depth == 0 and token.key == ")":
            break
        if depth == 1 and token.key == ",":
            items.append([])
        elif depth:
            items[-1].append(token)
        depth += token.key == "("
    columns = {item[0].name: item for item in items if item[0].key not in _CONSTRAINTS}
    names = frozenset(columns)
    constraints = [
        Clause(text[item[0].start : item[-1].end], _named(item, names))
        for item in items
        if item[0].key in _CONSTRAINTS
    ]
    return {"text": text, "columns": columns, "constraints": constraints, "names": names}


def _named(tokens: list[Token], names: frozenset[str]) -> frozenset[str]:
    """The columns of the table that these tokens speak of; not those behind REFERENCES."""
    stop = next((i for i, token in enumerate(tokens) if token.key == "REFERENCES"), len(tokens))
    words = {
        token.name
        for before, token in zip([None, *tokens], tokens[:stop], strict=False)
        if token.kind in ("word", "quoted")
        and not (token.key == "KEY" and before and before.key in ("PRIMARY", "FOREIGN"))
    }
    return frozenset(words) & names


def _clauses(text: str, item: list[Token], names: frozenset[str]) -> tuple[str, list[Clause]]:
    """A column's type and what follows it, cut where a new clause begins."""
    cuts, depth = [1], 0
    for place in range(1, len(item)):
        before, key = item[place - 1].key, item[place].key
        depth += (before == "(") - (key == ")")
        inner = depth > 0 or before in ("SET", "NOT") or (before == "BY" and key == "DEFAULT")
        if place > 1 and key in _STARTS and not inner:
            cuts.append(place)
    pieces = [item[start:end] for start, end in zip(cuts, [*cuts[1:], len(item)], strict=True)]
    written = [text[piece[0].start : piece[-1].end] for piece in pieces]
    clauses = [
        Clause(each, _named(piece, names))
        for each, piece in zip(written[1:], pieces[1:], strict=True)
    ]
    return written[0], clauses


def _table(name: str, part: dict[str, Any], notes: dict[str, Any] | None, file: str) -> Table:
    if notes is None:
        raise FileError(f"{file} has no section for the table {name}.", "Describe it there.")
    told = notes.get("columns", {})
    unknown = set(told) - set(part["columns"])
    if unknown:
        raise FileError(f"{file} has columns of {name} that do not exist: {sorted(unknown)}.")
    columns = tuple(
        _column(name, item, part, told.get(column, {})) for column, item in part["columns"].items()
    )
    single = [
        column.name
        for column in columns
        if any(clause.text.upper().startswith("PRIMARY") for clause in column.clauses)
    ]
    several = [
        tuple(column.name for column in columns if column.name in clause.columns)
        for clause in part["constraints"]
        if "PRIMARY KEY" in clause.text.upper()
    ]
    return Table(
        name=name,
        columns=columns,
        primary_key=tuple(single) or (several[0] if several else ()),
        constraints=tuple(part["constraints"]),
        indexes=tuple(part["indexes"]),
        names={
            language: (tuple(one.split("|")), tuple(many.split("|")))
            for language, (one, many) in notes["names"].items()
        },
        icon=notes.get("icon", "folder"),
        show=tuple(notes.get("show", ())),
        rows=int(notes.get("rows", 20)),
        main=bool(notes.get("main", False)),
        board=notes.get("board", ""),
        calendar=notes.get("calendar", ""),
        gallery=bool(notes.get("gallery", False)),
        lines_of=notes.get("lines_of", ""),
        link=tuple(notes.get("link", ())),
        settings=bool(notes.get("settings", False)),
    )


def _column(table: str, item: list[Token], part: dict[str, Any], notes: dict[str, Any]) -> Column:
    name = item[0].name
    kind, clauses = _clauses(part["text"], item, part["names"])
    heads = [clause.text.upper() for clause in clauses]
    reference = next((i for i, token in enumerate(item) if token.key == "REFERENCES"), None)
    words: dict[str, tuple[str, ...]] = {
        language: tuple(notes[language].split("|"))
        for language in ("en", "de", "fr", "es")
        if language in notes
    }
    words.setdefault("en", (humanise(name.removesuffix("_id") if reference else name),))
    return Column(
        table=table,
        name=name,
        type=kind,
        clauses=tuple(clauses),
        references=item[reference + 1].name if reference is not None else None,
        target=_target(item, reference),
        nullable=not any(head.startswith(("NOT NULL", "PRIMARY")) for head in heads),
        unique=any(head.startswith(("UNIQUE", "PRIMARY")) for head in heads),
        words=words,
        gen=notes.get("gen", ""),
        empty=float(notes.get("empty", 0)),
        unit=notes.get("unit", ""),
        help=notes.get("help", ""),
    )


def _target(item: list[Token], reference: int | None) -> str:
    if reference is None or len(item) < reference + 4 or item[reference + 2].key != "(":
        return ""
    return item[reference + 3].name
