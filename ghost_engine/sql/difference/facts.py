"""What a table is made of, as comparable facts, and the words for how two of them differ.

The facts come from the catalog where a script ran, else from its text; the words are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from ghost_engine.sql.passages import Passage
from ghost_engine.sql.repair import pieces
from ghost_engine.sql.repair.spans import joined
from ghost_engine.sql.schema import Column, Table

_ALIKE = 0.6  # of the letters; then a name was changed though the type was too


@dataclass
class Facts:
    """`columns`: name -> aspect ("type", "NOT NULL", "default"...) -> text; `rest`: constraints,
    indexes and comments, each as one line."""

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    rest: dict[str, None] = field(default_factory=dict)


def catalog_facts(table: Table) -> Facts:
    """The facts of a table that PostgreSQL made."""
    facts = Facts({column.name: _column(column) for column in table.columns})
    for line in _constraints(table):
        facts.rest[line] = None
    return facts


def text_facts(passages: Sequence[Passage]) -> Facts:
    """The facts of a table's statements as they are written."""
    facts = Facts()
    for passage in passages:
        table = passage.table
        if table is None:
            if passage.kind != "create":
                facts.rest[_words(joined(passage.tokens))] = None
            continue
        for item in table.items:
            if item.kind == "column":
                facts.columns[table.item_name(item)] = _written_column(table, item)
            else:
                facts.rest[_words(joined(table.tokens[item.first : item.last]))] = None
    return facts


def differences(old: Facts, new: Facts) -> tuple[str, ...]:
    """How `new` differs from `old`, one line for each column, constraint or index."""
    return (*_column_changes(old.columns, new.columns), *_rest_changes(old.rest, new.rest))


def renamed_columns(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Old name -> new name, where one column went and one alike came in its place."""
    renamed: dict[str, str] = {}
    before, after = list(old), list(new)
    for gone, come in _gaps(before, after):
        if len(gone) == len(come):
            pairs = zip(gone, come, strict=True)
            renamed |= {a: b for a, b in pairs if _meant(a, old[a], b, new[b])}
    return renamed


def _meant(one: str, was: Mapping[str, str], other: str, now: Mapping[str, str]) -> bool:
    alike = SequenceMatcher(None, one, other).ratio() >= _ALIKE
    return alike or was.get("type") == now.get("type")


def _gaps(before: list[str], after: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """What went and what came between two columns that both have, in the same order."""
    shared = [name for name in before if name in after]
    gone: list[str] = []
    position = 0
    for name in [*before, None]:
        if name is not None and name not in shared:
            gone.append(name)
            continue
        end = len(after) if name is None else after.index(name)
        if end >= position:
            come = [each for each in after[position:end] if each not in shared]
            if gone and come:
                yield gone, come
            position = end + 1
        gone = []


def _column_changes(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    renamed = renamed_columns(old, new)
    for name, was in old.items():
        now_named = renamed.get(name, name)
        if now_named not in new:
            yield f"Column {name} is gone."
            continue
        if now_named != name:
            yield f"Column {name} is called {now_named} now."
        yield from _aspect_changes(now_named, was, new[now_named])
    for name in new:
        if name not in old and name not in renamed.values():
            yield f"Column {name} is new: {_described(new[name])}."
    kept = [name for name in old if name in new]
    if not renamed and kept != [name for name in new if name in old]:
        yield "The columns stand in another order."


def _aspect_changes(name: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for aspect in dict.fromkeys([*was, *now]):
        before, after = was.get(aspect), now.get(aspect)
        if before == after:
            continue
        if before is None:
            yield f"{name}: {_aspect(aspect, after)} was added."
        elif after is None:
            yield f"{name}: {_aspect(aspect, before)} was taken away."
        else:
            yield f"{name}: {aspect} {before} became {after}."


def _aspect(aspect: str, text: str | None) -> str:
    return f"{aspect} {text}" if text else aspect


def _described(column: Mapping[str, str]) -> str:
    rest = (_aspect(aspect, text) for aspect, text in column.items() if aspect != "type")
    return " ".join([column.get("type", ""), *rest]).strip()


def _rest_changes(old: Mapping[str, None], new: Mapping[str, None]) -> Iterator[str]:
    for line in old:
        if line not in new:
            yield f"Gone: {_cut(line)}."
    for line in new:
        if line not in old:
            yield f"New: {_cut(line)}."


def _cut(line: str) -> str:
    return line if len(line) <= 200 else f"{line[:199]}…"


def _column(column: Column) -> dict[str, str]:
    facts = {"type": column.type}
    if not column.nullable:
        facts["NOT NULL"] = ""
    if column.default is not None:
        facts["default"] = column.default
    if column.identity:
        facts["identity"] = column.identity
    if column.generated:
        facts["generated as"] = column.generated
    if column.comment is not None:
        facts["comment"] = column.comment
    return facts


def _constraints(table: Table) -> Iterator[str]:
    if table.primary_key:
        yield f"PRIMARY KEY ({', '.join(table.primary_key)})"
    for key in table.foreign_keys:
        rules = "".join(
            f" ON {event} {action}"
            for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update))
            if action != "NO ACTION"
        )
        target = f"{key.target} ({', '.join(key.target_columns)})"
        yield f"{key.name}: FOREIGN KEY ({', '.join(key.columns)}) REFERENCES {target}{rules}"
    yield from (f"{each.name}: UNIQUE ({', '.join(each.columns)})" for each in table.uniques)
    yield from (f"{each.name}: {each.expression}" for each in table.checks)
    yield from (each.definition for each in table.indexes)
    if table.comment is not None:
        yield f"comment: {table.comment}"


def _written_column(table: pieces.Table, item: pieces.Item) -> dict[str, str]:
    facts = {"type": _words(table.type_text(item)).lower()}
    for clause in item.clauses:
        text = _words(joined(table.tokens[clause.first : clause.last]))
        if clause.kind == "default":
            facts["default"] = text[len("default") :].strip()
        elif clause.kind != "null":
            facts[text.upper() if clause.kind in ("not null", "primary", "unique") else text] = ""
    return facts


def _words(text: str) -> str:
    return " ".join(text.split())
