"""Tables that a script makes twice: dropped when equal, merged when alike, renamed otherwise."""

from __future__ import annotations

from ghost_engine.sql.repair.draft import Draft, Edit, Part
from ghost_engine.sql.repair.names import read_names, same_table
from ghost_engine.sql.repair.pieces import Item, Table, read_table
from ghost_engine.sql.repair.spans import joined
from ghost_engine.sql.repair.vocabulary import quoted

_ALIKE = 0.5  # share of the smaller table's columns that both have


def mend_duplicates(draft: Draft) -> None:
    """Leave one CREATE TABLE for each name, and every column that any of them had."""
    first: dict[str, int] = {}
    for part in list(draft.parts):
        if part.words.startswith("DROP TABLE"):
            first = {n: p for n, p in first.items() if all(t.name != n for t in part.tokens)}
        table = read_table(part.tokens)
        if table is None:
            continue
        known = "".join(t.name for t in table.tokens[table.name_first : table.name_last])
        number = first.setdefault(known, part.number)
        index = draft.find(number)
        if number != part.number and index is not None:
            _mend(draft, draft.parts[index], part, table)


def _mend(draft: Draft, kept: Part, part: Part, table: Table) -> None:
    first = read_table(kept.tokens)
    if first is None:
        return
    name = table.name
    ours, theirs = _columns(first), _columns(table)
    if same_table(first, table) or not theirs or not ours:
        empty = kept if theirs and not ours else part
        draft.drop(empty, f"The table {name} was made twice; this one adds nothing.")
    elif len(ours.keys() & theirs.keys()) >= _ALIKE * min(len(ours), len(theirs)):
        _merge(draft, kept, first, part, table)
    else:
        new = read_names(draft).free(f"{name}_2")
        start = table.tokens[table.name_last - 1]
        text = quoted(new) if start.kind == "quoted" else new
        reason = f"Two different tables were named {name}; this one has a number now."
        draft.edit(part, [Edit(start.start, start.end, text, reason)])


def _columns(table: Table) -> dict[str, Item]:
    return {table.item_name(item): item for item in table.columns}


def _merge(draft: Draft, kept: Part, first: Table, part: Part, table: Table) -> None:
    """Add what only the second table has to the first; its primary key stays with the first."""
    ours = _columns(first)
    texts = {joined(first.tokens[i.first : i.last]).lower() for i in first.items}
    extra = [item for item in table.columns if table.item_name(item) not in ours]
    extra += [
        item
        for item in table.items
        if item.kind in ("foreign", "check", "unique")
        and joined(table.tokens[item.first : item.last]).lower() not in texts
    ]
    added = "".join(f",\n    {_without_primary(table, item)}" for item in extra)
    end = _end_of_columns(first)
    reason = f"The table {table.name} was made twice; what only the second had stands here too."
    if added:
        draft.edit(kept, [Edit(end, end, added, reason)])
    draft.drop(part, f"The table {table.name} was made twice; both are one now.")


def _end_of_columns(table: Table) -> int:
    """Behind the last entry; constraints may stand before columns."""
    return table.tokens[table.items[-1].last - 1].end


def _without_primary(table: Table, item: Item) -> str:
    clause = item.clause("primary")
    if clause is None:
        return joined(table.tokens[item.first : item.last])
    before = joined(table.tokens[item.first : clause.first])
    return f"{before} {joined(table.tokens[clause.last : item.last])}".strip()
