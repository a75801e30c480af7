"""Planning lists, filterable tables, details with related lists, and masters with line items."""

from __future__ import annotations

from dataclasses import replace

from ghost_engine.collect.synth.choose import (
    blank,
    choices,
    entries,
    for_tables,
    grid,
    numbers,
    related_keys,
)
from ghost_engine.collect.synth.domain import Column, Table
from ghost_engine.collect.synth.fields import Desk, Shown
from ghost_engine.collect.synth.screen import Action, Cell, Entry, Field, Filter, Screen, Section
from ghost_engine.collect.synth.screen import Table as Grid


def plan_list(desk: Desk, table: Table, width: int) -> Screen:
    """A table of many rows, with what people do to it."""
    chance, words = desk.random.random, desk.words
    count = desk.random.randint(4, 6 if width < 1200 else 8)
    shown = for_tables(desk, choices(desk, table, count))
    rows = grid(desk, table, shown, numbers(desk, table, 7, 16))
    actions = [Action(words("new", one=desk.one(table.name)), "plus", "primary")]
    if chance() < 0.5:
        actions.insert(0, Action(words("export"), "download"))
    return replace(
        blank("list", desk, table),
        table=replace(rows, numbered=chance() < 0.08),
        actions=tuple(actions),
        search=words("search", many=desk.many(table.name)) if chance() < 0.6 else "",
        subtitle=words("manage", many=desk.many(table.name)) if chance() < 0.3 else "",
        tabs=_status_tabs(desk, table) if chance() < 0.25 else (),
        toast=words("saved", one=desk.one(table.name)) if chance() < 0.1 else "",
    )


def plan_filter(desk: Desk, table: Table, width: int) -> Screen:
    """A list with filters above it."""
    options = [
        column
        for column in table.columns
        if column.references or column.type in desk.domain.enums or desk.kind(column) == "date"
    ]
    desk.random.shuffle(options)
    filters = []
    for column in options[: desk.random.randint(2, 4)]:
        field = desk.field(Shown(column), form=True)
        chosen = bool(field.options) and desk.random.random() < 0.3
        value = desk.random.choice(field.options) if chosen else desk.words("any")
        filters.append(Filter(field.label, value, field.mark))
    return replace(
        plan_list(desk, table, width),
        kind="filter",
        filters=tuple(filters),
        search=desk.words("search", many=desk.many(table.name)),
        tabs=(),
    )


def plan_detail(desk: Desk, table: Table, width: int) -> Screen:
    """One row in full, with lists of what refers to it."""
    words, chance = desk.words, desk.random.random
    shown = choices(desk, table, desk.random.randint(6, 11))
    shown = [each for each in shown if not each.count]
    rows = desk.data.rows(table.name)
    number = desk.random.randrange(min(len(rows), 20))
    keys = related_keys(desk.domain, table)
    desk.random.shuffle(keys)
    related = [_related(desk, key, number, width) for key in keys[: desk.random.choice((1, 1, 2))]]
    name = desk.display(table.name, rows[number])[0] or desk.one(table.name)
    other = (
        Action(words("delete"), "trash", "danger")
        if chance() < 0.5
        else Action(words("print"), "print")
    )
    named = [Shown(table.column(column)) for column in table.show]
    return replace(
        blank("detail", desk, table),
        title=name,
        subtitle=desk.one(table.name),
        head=entries(desk, named, number, form=False),
        sections=(Section(words("overview"), entries(desk, shown, number, form=False)),),
        related=tuple(each for each in related if each.rows),
        actions=(Action(words("edit", one=desk.one(table.name)), "edit", "primary"), other),
        tabs=(words("overview"), words("history"), words("files")) if chance() < 0.4 else (),
        breadcrumbs=(desk.many(table.name), name),
        columns=desk.random.choice((2, 2, 3)) if width >= 1000 else 1,
    )


def plan_master_detail(desk: Desk, table: Table, width: int) -> Screen:
    """A document such as an order: its head, its lines, and what they come to."""
    words = desk.words
    lines = next(
        each
        for each in desk.domain.tables.values()
        if each.lines_of and each.column(each.lines_of).references == table.name
    )
    key = lines.column(lines.lines_of)
    counted = [desk.data.target_number(key, row) for row in desk.data.rows(lines.name)]
    number = max(range(min(table.rows, 20)), key=lambda each: (counted.count(each), -each))
    editing = desk.random.random() < 0.5
    shown = choices(desk, table, desk.random.randint(5, 9))
    shown = [each for each in shown if not each.count]
    name = desk.display(table.name, desk.data.rows(table.name)[number])[0]
    items = _related(desk, key, number, width + 400)
    title = words("edit", one=desk.one(table.name)) if editing else f"{desk.one(table.name)} {name}"
    return replace(
        blank("master_detail", desk, table),
        title=title,
        dialog=editing,
        sections=(Section(words("general"), entries(desk, shown, number, form=editing)),),
        related=(replace(items, title=words("items"), row_actions=("trash",) if editing else ()),),
        totals=_totals(desk, items),
        columns=desk.random.choice((2, 2, 3)) if width >= 1000 else 1,
        breadcrumbs=(desk.many(table.name), name),
        actions=()
        if editing
        else (Action(words("print"), "print"), Action(words("edit", one=""), "edit", "primary")),
        buttons=(
            Action(words("save"), "check", "primary"),
            Action(words("cancel"), "x", "secondary"),
        )
        if editing
        else (),
    )


def _totals(desk: Desk, items: Grid) -> tuple[Entry, ...]:
    """The sum under the last column of money; worked out on the screen, stored nowhere."""
    places = [place for place, field in enumerate(items.fields) if field.kind == "money"]
    if not places or desk.random.random() < 0.2:
        return ()
    digits = ["".join(c for c in row[places[-1]].text if c.isdigit()) for row in items.rows]
    cents = sum(int(each) for each in digits if each)
    text = desk.style.money(cents / 100)
    return (Entry(Field("total", desk.words("total"), "money"), Cell(text, "money")),)


def _related(desk: Desk, key: Column, number: int, width: int) -> Grid:
    """The rows that refer to row `number` or, where those are few, some that might."""
    table = desk.domain.tables[key.table]
    rows = desk.data.rows(table.name)
    places = [
        place for place, row in enumerate(rows) if desk.data.target_number(key, row) == number
    ]
    if len(places) < 2:
        places = [place for place in range(len(rows)) if place % 7 == number % 7][:5]
    count = 6 if width > 1400 else 4
    shown = choices(desk, table, count, without=(key.name,), context=(key,))
    shown = [each for each in for_tables(desk, shown) if not each.count and not each.chips][:7]
    if not shown:
        return Grid("", (), (), 0)
    made = grid(desk, table, shown, places[:7], title=desk.many(table.name), total=len(places))
    return replace(made, page=1, pages=1, selectable=False, sorted_by=None)


def _status_tabs(desk: Desk, table: Table) -> tuple[str, ...]:
    column = next((c for c in table.columns if c.type in desk.domain.enums), None)
    if column is None:
        return ()
    labels = [label.text(desk.language) for label in desk.data.enum(column)]
    return (desk.words("all"), *labels[:4])
