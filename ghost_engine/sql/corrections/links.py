"""Corrections across statements: columns that go, foreign keys, and indexes on them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ghost_engine.sql.corrections.columns import (
    Reference,
    columns,
    filled,
    indexed,
    names_in,
    primary_key,
    references,
    table_written,
)
from ghost_engine.sql.corrections.correction import ANY, MISSING, REFERENCES, Correction
from ghost_engine.sql.corrections.definitions import chosen, cut_span, without_items
from ghost_engine.sql.lint.spelling import quoted
from ghost_engine.sql.nouns import sure_singular
from ghost_engine.sql.passages import Passage, Passages
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.pieces import Item, Table

_TEMPLATE = re.compile(r"\s*(?P<table>\*|[^\s(]+)\s*\(\s*(?P<key>[^)]*?)\s*\)\s*(?P<rules>.*)")


def drop_column(script: Passages, correction: Correction) -> Iterator[Edit]:
    """The column, and every key, index, comment and check that speaks of it.

    A table keeps its last column, and one with rows written out keeps all of them.
    """
    name = correction.before
    for place in list(columns(script)):
        table = place.passage.about
        if place.name != name or not correction.scope.holds(table, name):
            continue
        if len(place.table.columns) == 1 or any(p.kind == "insert" for p in script.of(table)):
            continue
        gone = [item for item in place.table.items if _speaks_of(place.table, item, name)]
        reasons = [f"{table}.{name} was dropped." if item is place.item else "" for item in gone]
        yield from without_items(script.text, place.table, gone, reasons)
        for passage in script.of(table):
            if _goes_with(passage, name):
                yield whole(script, passage)
        for reference in references(script):
            if reference.target == table and reference.table != table:
                if name in names_in(
                    reference.passage.tokens, _target_at(reference), reference.last
                ):
                    yield from _unlinked(script, [reference], "")


def drop_reference(script: Passages, correction: Correction) -> Iterator[Edit]:
    meant = [
        reference
        for reference in references(script)
        if correction.scope.holds(reference.table, reference.column)
        and correction.before in (reference.target, ANY)
        or correction.before == MISSING
        and reference.target not in script.things
        and correction.scope.holds(reference.table, reference.column)
    ]
    yield from _unlinked(
        script, meant, "{table}.{column}: the foreign key to {target} was dropped."
    )


def add_reference(script: Passages, correction: Correction) -> Iterator[Edit]:
    """REFERENCES at the column where its target is made earlier, else an ALTER TABLE at the end."""
    template = _TEMPLATE.fullmatch(correction.after)
    if template is None:
        return
    linked = {(each.table, each.column) for each in references(script)}
    made = list(script.tables)
    for place in chosen(script, correction):
        table = place.passage.about
        target = _target(script, place.name, template["table"])
        key = primary_key(script, target) if target else ()
        wanted = key if template["key"] == ANY else (template["key"].strip('"'),)
        if len(key) != 1 or key != wanted or (table, place.name) in linked:
            continue
        if target == table and primary_key(script, table) == (place.name,):
            continue
        rules = f" {template['rules']}" if template["rules"] else ""
        aim = f"REFERENCES {table_written(script.tables[target])} ({quoted(key[0])}){rules}"
        reason = f"{place.words}: a foreign key to {target} was added."
        if made.index(target) <= made.index(table):
            yield Edit(place.end, place.end, f" {aim}", reason)
        else:
            written = table_written(place.passage)
            text = f"ALTER TABLE {written} ADD FOREIGN KEY ({quoted(place.name)}) {aim}"
            yield append(script, script.items[-1], text, reason)


def add_index(script: Passages, correction: Correction) -> Iterator[Edit]:
    linked = {(each.table, each.column) for each in references(script)}
    taken = {passage.name for passage in script.items}
    for place in chosen(script, correction):
        table = place.passage.about
        if correction.before == REFERENCES and (table, place.name) not in linked:
            continue
        if place.name in indexed(script, table):
            continue
        name = filled(correction.after, table, place.name)
        if name and name in taken:
            continue
        taken.add(name)
        given = f"{quoted(name)} " if name else ""
        text = f"CREATE INDEX {given}ON {table_written(place.passage)} ({quoted(place.name)})"
        yield append(
            script, _last_of(script, place.passage), text, f"{place.words}: an index was added."
        )


def append(script: Passages, passage: Passage, statement: str, reason: str) -> Edit:
    """A statement on the line behind `passage`, which is ended if it was not."""
    if script.items[-1] is passage and passage.words[0] in ("commit", "end"):
        return Edit(passage.start, passage.start, f"{statement};\n", reason)
    if passage.closed:
        return Edit(passage.end, passage.end, f"\n{statement};", reason)
    return Edit(passage.last, passage.last, f";\n{statement};", reason)


def whole(script: Passages, passage: Passage, reason: str = "") -> Edit:
    """Take a statement out with its own comments and its line."""
    start, end = passage.start, passage.end
    if script.text[end : end + 1] == "\n" and (start == 0 or script.text[start - 1] == "\n"):
        end += 1
    elif not script.text[end:].strip() and script.text[start - 1 : start] == "\n":
        start -= 1
    return Edit(start, end, "", reason)


def _last_of(script: Passages, made: Passage) -> Passage:
    """The last of the indexes and comments that follow a table without a break."""
    last = made
    for passage in script.items[script.items.index(made) + 1 :]:
        if passage.about != made.about or passage.kind not in ("index", "comment"):
            break
        last = passage
    return last


def _speaks_of(table: Table, item: Item, name: str) -> bool:
    tokens = table.tokens
    if item.kind == "column":
        checks = [each for each in item.clauses if each.kind in ("check", "generated")]
        spoken = any(
            token.kind in ("word", "quoted") and token.name == name
            for clause in checks
            for token in tokens[clause.first : clause.last]
        )
        return table.item_name(item) == name or spoken
    end = next(
        (i for i in range(item.first, item.last) if tokens[i].key == "REFERENCES"), item.last
    )
    return any(
        token.kind in ("word", "quoted") and token.name == name
        for token in tokens[item.body + 1 : end]
    )


def _goes_with(passage: Passage, name: str) -> bool:
    tokens = passage.tokens
    if passage.kind == "index":
        on = next(i for i, token in enumerate(tokens) if token.key == "ON")
        return any(token.name == name for token in tokens[on + 2 :] if token.kind != "string")
    if passage.kind == "comment":
        return tokens[2].key == "COLUMN" and any(t.name == name for t in tokens[3:-1][-2:-1])
    keys = [token.key for token in tokens]
    if passage.kind == "alter" and "ADD" in keys and "," not in keys[: keys.index("ADD")]:
        return name in names_in(tokens, keys.index("ADD"), len(tokens))
    return False


def _target_at(reference: Reference) -> int:
    tokens = reference.passage.tokens
    return next(i for i in range(reference.first, reference.last) if tokens[i].key == "REFERENCES")


def _target(script: Passages, column: str, wanted: str) -> str:
    """The table that a foreign key's column means: named, or told from `<x>_id`; "" if none."""
    if wanted != ANY:
        return wanted if wanted in script.tables else ""
    noun = column.removesuffix("_id")
    if noun == column or not noun:
        return ""
    alike = [name for name in script.tables if name in (noun, sure_singular(noun))]
    alike += [name for name in script.tables if sure_singular(name) == sure_singular(noun)]
    return alike[0] if alike else ""


def _unlinked(script: Passages, gone: list[Reference], words: str) -> Iterator[Edit]:
    """The edits that take foreign keys out, however they are written."""
    items: dict[Passage, list[Reference]] = {}
    for each in gone:
        reason = words.format(table=each.table, column=each.column, target=each.target)
        if each.kind == "clause":
            yield cut_span(script.text, each.passage.tokens, each.first, each.last, reason)
        elif each.kind == "item":
            items.setdefault(each.passage, []).append(each)
        elif not any(token.text == "," for token in each.passage.tokens):
            yield whole(script, each.passage, reason)
    for passage, listed in items.items():
        table = passage.table
        assert table is not None
        entries = [item for item in table.items if any(item.first == e.first for e in listed)]
        reasons = [
            words.format(table=each.table, column=each.column, target=each.target)
            for each in sorted(listed, key=lambda each: each.first)
        ]
        yield from without_items(script.text, table, entries, reasons)
