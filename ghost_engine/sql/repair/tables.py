"""CREATE TABLE, rewritten for PostgreSQL: columns, keys, what stands behind the bracket."""

from __future__ import annotations

from ghost_engine.sql.repair.column import Mended
from ghost_engine.sql.repair.columns import mend_column
from ghost_engine.sql.repair.commas import mend_commas
from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.keys import mend_key, removal
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Item, Table, read_table
from ghost_engine.sql.repair.spans import joined
from ghost_engine.sql.repair.vocabulary import literal, quoted, words

_TAILS = ("INHERITS", "PARTITION", "WITH", "ON", "USING", "WITHOUT", "TABLESPACE")
_TAIL = "Table options such as ENGINE and CHARSET are another database's."
_PRIMARY_TWICE = "A table has one PRIMARY KEY."


def mend_table(draft: Draft, part: Part, names: Names) -> None:
    """Rewrite `part` if it is a CREATE TABLE; new statements go before and after it."""
    part = _mend_head(draft, part)
    part = mend_commas(draft, part, names)
    table = read_table(part.tokens)
    if table is None:
        return
    mended = Mended()
    for item in table.items:
        if item.kind == "column":
            mend_column(table, item, names, mended)
        else:
            edits, statement = mend_key(part.text, table, item, names)
            mended.edits += edits
            mended.after += [(statement, "", "")] if statement else []
    _mend_tail(table, mended)
    part = draft.edit(part, mended.edits)
    part = mend_commas(draft, part, names, quietly=True)
    _place(draft, part, mended)


def _place(draft: Draft, part: Part, mended: Mended) -> None:
    for text, reason, gone in mended.before:
        draft.add(text, reason, part, after=False, before=gone)
    for text, reason, gone in reversed(mended.after):
        draft.add(text, reason, part, before=gone)


def _mend_head(draft: Draft, part: Part) -> Part:
    """`CREATE OR REPLACE TABLE` and the like, and names such as dbo.users or db.dbo.users."""
    keys = part.words.split(" ")
    if keys[:1] != ["CREATE"] or "TABLE" not in keys[:5]:
        return part
    edits = []
    at = keys.index("TABLE")
    extra = [token for token in part.tokens[1:at] if token.key not in _KINDS]
    if extra:
        reason = f"{joined(extra)} makes no table in PostgreSQL."
        edits = [Edit(token.start, token.end + 1, "", reason) for token in extra]
    return draft.edit(part, edits)


_KINDS = ("TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL")


def _mend_tail(table: Table, mended: Mended) -> None:
    tokens = table.tokens
    tail = tokens[table.close + 1 :]
    if not tail or (tail[0].key in _TAILS and not _is_foreign_tail(table)):
        return
    start = tokens[table.close].end
    spare = all(token.text == ")" for token in tail)
    mended.edits.append(Edit(start, tail[-1].end, "", "A ) too many." if spare else _TAIL))
    for index, token in enumerate(tail[:-1]):
        value = tail[min(index + 1 + (tail[index + 1].text == "="), len(tail) - 1)]
        if token.key == "COMMENT" and value.kind in ("string", "quoted"):
            text = value.text if value.kind == "string" else literal(value.name)
            mended.after.append((f"COMMENT ON TABLE {table.written} IS {text}", "", ""))


def _is_foreign_tail(table: Table) -> bool:
    """SQL Server's ON [PRIMARY] and SQLite's WITHOUT ROWID."""
    keys = [token.key for token in table.tokens[table.close + 1 :]]
    return (keys[0] == "ON" and keys[1:2] != ["COMMIT"]) or keys[:2] == ["WITHOUT", "ROWID"]


def mend_repeats(draft: Draft, part: Part) -> None:
    """A column made twice is dropped or renamed; a second primary key is joined or made UNIQUE."""
    table = read_table(part.tokens)
    if table is None:
        return
    part = draft.edit(part, _repeated_columns(part.text, table))
    table = read_table(part.tokens)
    if table is not None:
        draft.edit(part, _repeated_primary(part.text, table))
        _quote_values(draft, draft.parts[draft.find(part.number) or 0])


def _repeated_columns(text: str, table: Table) -> list[Edit]:
    seen: dict[str, Item] = {}
    taken = {table.item_name(item) for item in table.columns}
    edits: list[Edit] = []
    for item in table.columns:
        name = table.item_name(item)
        first = seen.setdefault(name, item)
        if first is item:
            continue
        if table.type_text(first).lower() == table.type_text(item).lower():
            edits += removal(text, table, item, f"The column {name} stood here twice.")
            continue
        new = next(f"{name}_{n}" for n in range(2, 999) if f"{name}_{n}" not in taken)
        taken.add(new)
        token = table.tokens[item.first]
        new = quoted(new) if token.kind == "quoted" else new
        reason = f"Two columns were named {name}, with two types; this one has a number now."
        edits.append(Edit(token.start, token.end, new, reason))
    return edits


def _repeated_primary(text: str, table: Table) -> list[Edit]:
    inline = [item for item in table.columns if item.clause("primary")]
    listed = [item for item in table.items if item.kind == "primary"]
    if len(inline) + len(listed) < 2:
        return []
    if listed:
        return _one_listed(text, table, inline, listed)
    names = [table.tokens[item.first].text for item in inline]
    if not _is_junction(table, inline):
        return [edit for item in inline[1:] for edit in _make_unique(table, item)]
    edits = [edit for item in inline for edit in _cut_primary(table, item)]
    end = table.tokens[table.items[-1].last - 1].end
    key = f",\n    PRIMARY KEY ({', '.join(names)})"
    return [*edits, Edit(end, end, key, f"{_PRIMARY_TWICE} These columns make it together.")]


def _is_junction(table: Table, inline: list[Item]) -> bool:
    """True if the columns look like the two sides of a many-to-many table."""
    names = [table.item_name(item).lower() for item in inline]
    counters = any(item.clause("identity") or item.clause("generated") for item in inline)
    serial = any("serial" in table.type_text(item).lower() for item in inline)
    return not counters and not serial and "id" not in names


def _one_listed(text: str, table: Table, inline: list[Item], listed: list[Item]) -> list[Edit]:
    """Keep the column's own key if there is one and it is no part of the list; else the list."""
    keys = [joined(table.tokens[item.body + 2 : item.last]).lower() for item in listed]
    edits: list[Edit] = []
    kept = listed[0]
    members = [token.name for token in table.tokens[kept.body + 3 : kept.last - 1]]
    inside = all(table.item_name(item) in members for item in inline)
    if inline and not inside:
        kept = listed[-1] if len(listed) > 1 and keys[0] == keys[-1] else kept
        edits += _list_unique(table, listed[0])
        inline = inline[1:]
    for item in inline:
        edits += _cut_primary(table, item)
    for number, item in enumerate(listed[1:], 1):
        repeated = keys[number] in keys[:number]
        edits += (
            removal(text, table, item, _PRIMARY_TWICE) if repeated else _list_unique(table, item)
        )
    return edits


def _list_unique(table: Table, item: Item) -> list[Edit]:
    first, last = table.tokens[item.body], table.tokens[item.body + 1]
    return [Edit(first.start, last.end, "UNIQUE", f"{_PRIMARY_TWICE} This one is UNIQUE now.")]


def _make_unique(table: Table, item: Item) -> list[Edit]:
    clause = item.clause("primary")
    if clause is None:
        return []
    first, last = table.tokens[clause.last - 2], table.tokens[clause.last - 1]
    reason = f"{_PRIMARY_TWICE} This column is UNIQUE and NOT NULL now."
    return [Edit(first.start, last.end, "UNIQUE NOT NULL", reason)]


def _cut_primary(table: Table, item: Item) -> list[Edit]:
    clause = item.clause("primary")
    if clause is None:
        return []
    start, end = table.tokens[clause.first - 1].end, table.tokens[clause.last - 1].end
    return [Edit(start, end, "", f"{_PRIMARY_TWICE} It is listed for the whole table.")]


def _quote_values(draft: Draft, part: Part) -> None:
    """A column named user must be quoted in a CHECK too: the bare word is a value there."""
    table = read_table(part.tokens)
    if table is None:
        return
    own = {table.item_name(item) for item in table.columns} & words("values")
    names = {item.first for item in table.columns}
    edits = [
        Edit(token.start, token.end, quoted(token.name), f"{token.name} is a reserved word.")
        for index, token in enumerate(table.tokens[: table.close])
        if index > table.open and index not in names and token.kind == "word"
        if token.name in own and table.tokens[index - 1].key != "DEFAULT"
    ]
    draft.edit(part, edits)
