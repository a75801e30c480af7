"""`derive`: the kinds of change between a script and its corrected form.

Tables and columns are matched by name, those renamed by what stands around them. What has no
pattern (a check rewritten, a table added) is no correction and is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from ghost_engine.sql.corrections.columns import (
    ColumnPlace,
    Reference,
    clause_kinds,
    columns,
    plain,
    primary_key,
    references,
)
from ghost_engine.sql.corrections.correction import (
    ANY,
    MISSING,
    REFERENCES,
    Correction,
    Kind,
    Scope,
)
from ghost_engine.sql.corrections.definitions import SERIALS
from ghost_engine.sql.difference.facts import renamed_columns
from ghost_engine.sql.nouns import sure_singular
from ghost_engine.sql.passages import Passage, Passages, read_passages
from ghost_engine.sql.repair.pieces import Clause

_ALIKE = 0.5  # of all columns are shared by a table and its new name
_APART = ("references", "primary", "null", "noise", "constraint", "foreign", "key")


def derive(before_sql: str, after_sql: str) -> list[Correction]:
    """The corrections that lead from one script to the other, each from narrow to broad.

    One change gives several corrections of the same kind that differ in scope: this column of this
    table, the column's name anywhere, a pattern such as `*_at`, any column.
    """
    before, after = read_passages(before_sql), read_passages(after_sql)
    found: dict[Correction, None] = {}
    renamed = _renamed_tables(before, after)
    for old, new in renamed.items():
        if old != new:
            found[Correction("rename table", old, new.rpartition(".")[2])] = None
    for old, new in renamed.items():
        for correction in _table_corrections(before, after, old, new):
            found[correction] = None
    for correction in (*_linked(before, after, renamed), *_indexed(before, after, renamed)):
        found[correction] = None
    return list(found)


def _renamed_tables(before: Passages, after: Passages) -> dict[str, str]:
    """Old name -> new name of every table that both scripts have."""
    pairs = {name: name for name in before.tables if name in after.tables}
    come = [name for name in after.tables if name not in before.tables]
    for old in before.tables:
        if old not in pairs and come:
            best = max(come, key=lambda new: _likeness(before, after, old, new))
            if _likeness(before, after, old, best) >= _ALIKE:
                pairs[old] = best
                come.remove(best)
    return {name: pairs[name] for name in before.tables if name in pairs}


def _likeness(before: Passages, after: Passages, old: str, new: str) -> float:
    one = {place.name for place in _places(before, old)}
    other = {place.name for place in _places(after, new)}
    return len(one & other) / max(1, len(one | other))


def _places(script: Passages, table: str) -> list[ColumnPlace]:
    return [place for place in columns(script) if place.passage.about == table]


def _table_corrections(
    before: Passages, after: Passages, old: str, new: str
) -> Iterator[Correction]:
    was = {place.name: place for place in reversed(_places(before, old))}
    now = {place.name: place for place in reversed(_places(after, new))}
    was, now = dict(reversed(was.items())), dict(reversed(now.items()))
    renamed = renamed_columns(
        {name: {"type": place.type} for name, place in was.items()},
        {name: {"type": place.type} for name, place in now.items()},
    )
    for name, place in was.items():
        if name in renamed:
            yield Correction("rename column", name, renamed[name], Scope(old))
            yield Correction("rename column", name, renamed[name])
        elif name not in now:
            yield Correction("drop column", name, "", Scope(old))
            yield Correction("drop column", name)
        twin = now.get(renamed.get(name, name))
        if twin is not None:
            yield from _column_corrections(before, after, place, twin)
    for number, (name, place) in enumerate(now.items()):
        if name not in was and name not in renamed.values():
            text = " ".join(after.text[place.tokens[place.item.first].start : place.end].split())
            where = "first" if number == 0 else ""
            yield Correction("add column", where, text, Scope(old))
            yield Correction("add column", where, text)
    yield from _options(before.tables[old], after.tables[new])


def _options(was: Passage, now: Passage) -> Iterator[Correction]:
    assert was.table is not None and now.table is not None
    tail = was.tokens[was.table.close + 1 :]
    if tail and not now.tokens[now.table.close + 1 :]:
        yield Correction("drop options", plain(tail))
        yield Correction("drop options", ANY)


def _scopes(place: ColumnPlace, everywhere: bool = True, pattern: bool = True) -> Iterator[Scope]:
    """From this column to any."""
    yield Scope(place.passage.about, place.name)
    yield Scope(None, place.name)
    head, _, last = place.name.rpartition("_")
    if head and pattern:
        yield Scope(None, f"*_{last}")
    if everywhere:
        yield Scope()


def _column_corrections(
    before: Passages, after: Passages, was: ColumnPlace, now: ColumnPlace
) -> Iterator[Correction]:
    gone = _clauses_only(was, now)
    come = _clauses_only(now, was)
    counter = next((clause for clause in gone if clause.kind == "identity"), None)
    type_now = now.type
    if counter is not None:
        made = next((clause for clause in come if clause.kind == "generated"), None)
        if made is not None:
            gone, come = _without(gone, counter), _without(come, made)
            yield from _many("replace counter", was.written(counter), now.written(made), was)
        elif now.type in SERIALS.values():
            gone, type_now = _without(gone, counter), was.type
            yield from _many("replace counter", was.written(counter), now.type, was)
    yield from _keyed(before, after, was, now, come)
    if "primary" in {clause.kind for clause in now.item.clauses} and not primary_key(
        before, was.passage.about
    ):
        come = [clause for clause in come if clause.kind != "generated"]
    if was.type != type_now and was.type:
        yield from _typed(before, after, was, now)
    yield from _clause_corrections(was, now, gone, come)


def _clauses_only(one: ColumnPlace, other: ColumnPlace) -> list[Clause]:
    """Clauses that the other column has not, keys and references left out."""
    have = {other.key(clause) for clause in other.item.clauses}
    return [
        clause
        for clause in one.item.clauses
        if clause.kind not in _APART and one.key(clause) not in have
    ]


def _without(clauses: list[Clause], clause: Clause) -> list[Clause]:
    return [each for each in clauses if each is not clause]


def _many(kind: Kind, before: str, after: str, place: ColumnPlace) -> Iterator[Correction]:
    for scope in _scopes(place):
        yield Correction(kind, before, after, scope)


def _keyed(
    before: Passages, after: Passages, was: ColumnPlace, now: ColumnPlace, come: list[Clause]
) -> Iterator[Correction]:
    """A primary key where the table had none, with the counter that came along."""
    if primary_key(before, was.passage.about) or primary_key(after, now.passage.about) != (
        now.name,
    ):
        return
    counts = [now.written(clause) for clause in come if clause.kind == "generated"]
    for scope in _scopes(was, everywhere=False, pattern=False):
        yield Correction("add key", "", " ".join([*counts, "PRIMARY KEY"]), scope)


def _typed(
    before: Passages, after: Passages, was: ColumnPlace, now: ColumnPlace
) -> Iterator[Correction]:
    item = now.item
    written = now.text[now.tokens[item.first + 1].start : now.type_end] if now.type else ""
    new = " ".join(written.split())
    if not new:
        return
    base, size, _ = was.type.partition("(")
    loose = f"{base}(*)" if size and was.type.endswith(")") else ""
    named = now.type.strip('"')
    if base == "enum" and after.things.get(named) == "type" and named not in before.things:
        new = _template(named, was.passage.about, was.name)
        yield from _many("make enum", was.type, new, was)
        if "{" in new:
            yield Correction("make enum", loose, new)
        return
    yield from _many("change type", was.type, new, was)
    if loose:
        yield from (Correction("change type", loose, new, scope) for scope in _scopes(was))


def _template(name: str, table: str, column: str) -> str:
    """`orders_status_idx` -> `{table}_{column}_idx`, `order_status` -> `{noun}_{column}`."""
    bare = table.rpartition(".")[2]
    head, found, tail = name.rpartition(column)
    if not found:
        return name
    for text, sign in ((bare, "{table}"), (sure_singular(bare), "{noun}")):
        if text in head:
            return f"{head.replace(text, sign, 1)}{{column}}{tail}"
    return f"{head}{{column}}{tail}"


def _clause_corrections(
    was: ColumnPlace, now: ColumnPlace, gone: list[Clause], come: list[Clause]
) -> Iterator[Correction]:
    new = {clause.kind: clause for clause in come}
    for clause in gone:
        twin = new.pop(clause.kind, None)
        narrow = clause.kind == "check"
        for scope in _scopes(was, not narrow, not narrow):
            if twin is not None:
                yield Correction("replace clause", was.written(clause), now.written(twin), scope)
            else:
                yield Correction("drop clause", was.written(clause), "", scope)
    for clause in new.values():
        text = now.written(clause)
        kept = [kind for kind in clause_kinds(text) if kind != "noise"]
        for scope in _scopes(was, everywhere=False, pattern=clause.kind != "check"):
            if kept:
                yield Correction("add clause", "", text, scope)


# -- foreign keys and indexes ----------------------------------------------------------------------


def _linked(before: Passages, after: Passages, renamed: dict[str, str]) -> Iterator[Correction]:
    """Foreign keys that came or went while their column stayed."""
    back = {new: old for old, new in renamed.items()}
    old = {(each.table, each.column): each for each in references(before)}
    new = {(back.get(each.table, each.table), each.column): each for each in references(after)}
    olds = {(place.passage.about, place.name): place for place in columns(before)}
    stay = {(back.get(p.passage.about, p.passage.about), p.name) for p in columns(after)}
    for place, reference in old.items():
        if place not in new and place in stay and place in olds:
            yield from _dropped(before, olds[place], reference)
    for place, reference in new.items():
        if place not in old and place in olds:
            yield from _added(after, olds[place], reference)


def _dropped(before: Passages, place: ColumnPlace, reference: Reference) -> Iterator[Correction]:
    for scope in _scopes(place):
        yield Correction("drop reference", reference.target, "", scope)
    if reference.target not in before.things:
        yield Correction("drop reference", MISSING)


def _added(after: Passages, place: ColumnPlace, reference: Reference) -> Iterator[Correction]:
    key = primary_key(after, reference.target)
    if len(key) != 1:
        return
    rules = f" {reference.rules}" if reference.rules else ""
    for scope in _scopes(place, everywhere=False, pattern=False):
        yield Correction("add reference", "", f"{reference.target} ({key[0]}){rules}", scope)
    if place.name.endswith("_id"):
        yield Correction("add reference", "", f"* (*){rules}", Scope(None, "*_id"))


def _indexed(before: Passages, after: Passages, renamed: dict[str, str]) -> Iterator[Correction]:
    """Indexes of one column that came."""
    back = {new: old for old, new in renamed.items()}
    places = {(place.passage.about, place.name): place for place in columns(before)}
    had = {each for each in map(_index_of, before.items) if each}
    linked = {(each.table, each.column) for each in references(after)}
    for passage in after.items:
        found = _index_of(passage)
        if found is None:
            continue
        table = back.get(found[0], found[0])
        place = places.get((table, found[1]))
        if place is None or (table, found[1]) in had:
            continue
        name = _template(passage.name, table, found[1]) if passage.name else ""
        for scope in _scopes(place, everywhere=False):
            yield Correction("add index", "", name, scope)
        if found in linked:
            yield Correction("add index", REFERENCES, name if "{" in name else "")


def _index_of(passage: Passage) -> tuple[str, str] | None:
    """(table, column) of a plain index on one column."""
    if passage.kind != "index" or "UNIQUE" in {token.key for token in passage.tokens[:3]}:
        return None
    rest = [token for token in passage.tokens]
    opening = next((i for i, token in enumerate(rest) if token.text == "("), len(rest))
    inner = rest[opening + 1 : -1]
    if len(inner) == 1 and rest[-1].text == ")" and inner[0].kind in ("word", "quoted"):
        return passage.about, inner[0].name
    return None
