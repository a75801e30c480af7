"""Choosing what to show of a table: its name first, references early, the rest by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.collect.synth.domain import Column, Domain, Table
from ghost_engine.collect.synth.fields import Desk, Shown, own_columns
from ghost_engine.collect.synth.screen import Entry, Screen
from ghost_engine.collect.synth.screen import Table as Grid


def related_keys(domain: Domain, table: Table) -> list[Column]:
    """Foreign keys by which other tables, worth a list of their own, refer to `table`."""
    return [
        key
        for key in domain.children(table.name)
        if not domain.tables[key.table].link and own_columns(domain.tables[key.table])
    ]


def choices(
    desk: Desk,
    table: Table,
    count: int,
    *,
    without: Sequence[str] = (),
    context: tuple[Column, ...] = (),
) -> list[Shown]:
    """About `count` things to show of a row, in the table's order, extras last.

    Args:
        without: columns to leave out.
        context: foreign keys that standing here proves, see `Shown`.
    """
    columns = [column for column in own_columns(table) if column.name not in without]
    names = [column for column in columns if column.name in table.show]
    references = [column for column in columns if column.references and column not in names]
    rest = [column for column in columns if column not in names and column not in references]
    desk.random.shuffle(references)
    desk.random.shuffle(rest)
    wanted = max(1, min(len(references), desk.random.choice((1, 2, 2, 3))))
    picked = names + references[:wanted]
    picked += (rest + references[wanted:])[: max(0, count - len(picked))]
    shown = [Shown(column) for column in columns if column in picked]
    shown += _extras(desk, table, max(0, count + 1 - len(shown)))
    return [replace(each, context=context) for each in shown]


def _extras(desk: Desk, table: Table, room: int) -> list[Shown]:
    """Now and then: chips, a count of children, a column of a row referred to."""
    found: list[Shown] = []
    domain, random = desk.domain, desk.random
    keys = list(domain.children(table.name))
    for key in keys:
        owner = domain.tables[key.table]
        if owner.link and random.random() < 0.6:
            other = next((c for c in owner.references if c.name != key.name), None)
            if other is not None and other.references != table.name:
                found.append(Shown(key, chips=other))
    plain = [key for key in keys if not domain.tables[key.table].link]
    if plain and random.random() < 0.35:
        found.append(Shown(random.choice(plain), count=True))
    if table.references and random.random() < 0.4:
        hop = random.choice(table.references)
        target = domain.tables[str(hop.references)]
        inner = [c for c in own_columns(target) if c.name not in target.show and c.name != hop.name]
        if inner and hop.references != table.name:
            found.append(Shown(random.choice(inner), path=(hop,)))
    random.shuffle(found)
    return found[: max(1, room)]


def for_tables(desk: Desk, shown: list[Shown]) -> list[Shown]:
    """Long texts rarely stand in tables."""
    kept = [
        each
        for each in shown
        if each.count
        or each.chips
        or desk.kind(each.column) != "long"
        or desk.random.random() < 0.3
    ]
    return kept or shown[:2]


def grid(
    desk: Desk,
    table: Table,
    shown: list[Shown],
    numbers: Sequence[int],
    *,
    title: str = "",
    total: int | None = None,
) -> Grid:
    """A table of those rows; `total` is how many there are said to be."""
    rows = desk.data.rows(table.name)
    count = len(rows) if total is None else total
    page = desk.random.choice((1, 1, 1, 2)) if count > 2 * len(numbers) else 1
    first = (page - 1) * len(numbers) + 1
    fields = tuple(desk.field(each) for each in shown)
    return Grid(
        title=title,
        fields=fields,
        rows=tuple(
            tuple(desk.cell(each, rows[number], number) for each in shown) for number in numbers
        ),
        total=count,
        page=page,
        pages=max(1, -(-count // max(1, len(numbers)))),
        showing=desk.words("showing", a=first, b=first + len(numbers) - 1, n=count),
        sorted_by=desk.random.randrange(len(shown)) if desk.random.random() < 0.4 else None,
        selectable=desk.random.random() < 0.35,
        row_actions=desk.random.choice(((), (), ("edit", "trash"), ("eye", "edit"), ("more",))),
        avatars=any(field.person for field in fields) and desk.random.random() < 0.6,
        icon=table.icon,
    )


def numbers(desk: Desk, table: Table, low: int, high: int) -> list[int]:
    """Which rows to show: a run of them, in the table's order."""
    size = len(desk.data.rows(table.name))
    count = min(size, desk.random.randint(low, high))
    start = desk.random.randint(0, size - count)
    return list(range(start, start + count))


def entries(desk: Desk, shown: list[Shown], number: int, *, form: bool) -> tuple[Entry, ...]:
    """Fields with the values of row `number`; in a form they know their options."""
    row = desk.data.rows(_owner(shown))[number]
    made = []
    for each in shown:
        field = desk.field(each, form=form)
        made.append(Entry(field, desk.cell(each, row, number), wide=field.kind == "long"))
    return tuple(made)


def _owner(shown: list[Shown]) -> str:
    first = next(each for each in shown if not (each.count or each.chips or each.path))
    return first.column.table


def blank(kind: str, desk: Desk, table: Table) -> Screen:
    """A screen about `table` with nothing on it yet."""
    one, many = desk.one(table.name), desk.many(table.name)
    return Screen(
        kind=kind,
        language=desk.language,
        title=many,
        brand=desk.random.choice(desk.domain.brands),
        brand_icon=desk.domain.icon,
        one=one,
        many=many,
    )
