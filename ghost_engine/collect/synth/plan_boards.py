"""Planning cards, boards, calendars, dashboards and lists on a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

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
from ghost_engine.collect.synth.fields import Desk, Shown, own_columns
from ghost_engine.collect.synth.rows import today
from ghost_engine.collect.synth.screen import Action, Card, Cell, Day, Event, Lane, Screen, Stat


def plan_cards(desk: Desk, table: Table, width: int) -> Screen:
    """A grid of cards with pictures."""
    words = desk.words
    shown = choices(desk, table, desk.random.randint(3, 6))
    places = numbers(desk, table, 6, 12)
    return replace(
        blank("cards", desk, table),
        cards=tuple(_card(desk, table, shown, number) for number in places),
        columns=max(1, min(5, (width - 220) // desk.random.choice((250, 280, 320)))),
        search=words("search", many=desk.many(table.name)) if desk.random.random() < 0.6 else "",
        actions=(Action(words("new", one=desk.one(table.name)), "plus", "primary"),),
        period=words("showing", a=1, b=len(places), n=len(desk.data.rows(table.name))),
    )


def plan_kanban(desk: Desk, table: Table, width: int) -> Screen:
    """Lanes by the table's board column, cards in them."""
    column = table.column(table.board)
    rows = desk.data.rows(table.name)
    shown = choices(desk, table, desk.random.randint(3, 5), without=(table.board,))
    shown = [each for each in shown if not each.count and desk.kind(each.column) != "long"]
    values = _lane_values(desk, column)
    fit = max(2, (width - (240 if width > 900 else 0)) // 230)
    lanes = []
    for value in values[: min(fit, 6)]:
        places = [number for number, row in enumerate(rows) if row[column.name] == value]
        title = (
            desk.cell(Shown(column), rows[places[0]], places[0])
            if places
            else _empty_lane(desk, column, value)
        )
        few = places[: desk.random.randint(2, 4)]
        cards = tuple(_card(desk, table, shown, number) for number in few)
        lanes.append(Lane(title, len(places), cards))
    return replace(
        blank("kanban", desk, table),
        lanes=tuple(lanes),
        search=desk.words("search", many=desk.many(table.name))
        if desk.random.random() < 0.4
        else "",
        actions=(Action(desk.words("new", one=desk.one(table.name)), "plus", "primary"),),
    )


def _lane_values(desk: Desk, column: Column) -> list[Any]:
    if column.references:
        return list(range(len(desk.data.rows(column.references))))
    return [label.value for label in desk.data.enum(column)]


def _empty_lane(desk: Desk, column: Column, value: Any) -> Cell:
    """The heading of a lane without rows."""
    return desk.cell(Shown(column), {column.name: value}, 0)


def _card(desk: Desk, table: Table, shown: list[Shown], number: int) -> Card:
    made = entries(desk, shown, number, form=False)
    named = [Shown(table.column(name)) for name in table.show]
    rows = desk.data.rows(table.name)
    titles = [desk.cell(each, rows[number], number) for each in named]
    title = titles[0]
    if len(titles) > 1:
        paths = " ".join(each.column.path for each in named if not each.column.references)
        text = desk.display(table.name, rows[number])[0]
        title = replace(title, text=text, mark=desk.mark_all(named, paths))
    rest = [entry for entry in made if entry.field.name not in {each.name for each in named}]
    rest = [entry for entry in rest if not entry.cell.empty and entry.field.kind != "bool"]
    badge = next((entry for entry in rest if entry.field.kind == "enum"), None)
    tags = next((entry for entry in rest if entry.field.kind == "tags"), None)
    plain = [entry for entry in rest if entry is not badge and entry is not tags]
    subtitle = plain.pop(0) if plain and plain[0].field.kind in ("ref", "text") else None
    return Card(
        title=title,
        subtitle=subtitle.cell if subtitle else None,
        badge=badge.cell if badge else None,
        entries=tuple(plain[:4]),
        tags=tags.cell if tags else None,
        icon=table.icon,
        hue=title.hue or (number * 47) % 360,
    )


def plan_calendar(desk: Desk, table: Table, width: int) -> Screen:
    """A month with what happens in it."""
    column = table.column(table.calendar)
    rows = desk.data.rows(table.name)
    others = [each for each in own_columns(table) if each.name != column.name]
    texts = [c for c in others if c.name in table.show and not c.references]
    references = [c for c in others if c.references]
    desk.random.shuffle(references)
    named = (texts + references)[:1] or others[:1]
    second = next((c for c in references if c not in named), None)
    enum = next((c for c in others if c.type in desk.domain.enums), None)
    dated = [
        (number, _moment(row[column.name]))
        for number, row in enumerate(rows)
        if row[column.name] is not None
    ]
    month = _busiest_month([moment for _, moment in dated])
    start = month - timedelta(days=month.weekday())
    weeks = []
    for week in range(6):
        days = []
        for weekday in range(7):
            day = start + timedelta(days=week * 7 + weekday)
            here = sorted((m, n) for n, m in dated if m.date() == day and day.month == month.month)
            events = tuple(
                _event(
                    desk, column, [*named, second] if second and width > 1300 else named, enum, n
                )
                for _, n in here[:3]
            )
            days.append(Day(day.day, day.month != month.month, day == today(), events))
        weeks.append(tuple(days))
    if weeks[-1][0].outside:
        weeks.pop()
    return replace(
        blank("calendar", desk, table),
        weeks=tuple(weeks),
        weekdays=desk.style.weekdays(),
        period=desk.style.month(month),
        legend=_legend(
            desk, enum, [n for n, m in dated if (m.year, m.month) == (month.year, month.month)]
        ),
        actions=(Action(desk.words("new", one=desk.one(table.name)), "plus", "primary"),),
        tabs=(desk.words("month"), desk.words("week"), desk.words("day")),
    )


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)


def _busiest_month(moments: Sequence[datetime]) -> date:
    counts: dict[date, int] = {}
    for moment in moments:
        first = date(moment.year, moment.month, 1)
        counts[first] = counts.get(first, 0) + 1
    return max(sorted(counts), key=lambda each: counts[each]) if counts else today().replace(day=1)


def _event(
    desk: Desk, column: Column, named: Sequence[Column], enum: Column | None, number: int
) -> Event:
    row = desk.data.rows(column.table)[number]
    moment = row[column.name]
    time = desk.cell(Shown(column), row, number)
    clock = desk.style.time(moment) if isinstance(moment, datetime) else ""
    cells = [desk.cell(Shown(each), row, number) for each in named]
    tone = desk.cell(Shown(enum), row, number).tone if enum else "accent"
    more = cells[1] if len(cells) > 1 and cells[1].text else None
    return Event(replace(time, text=clock), cells[0], tone, more)


def _legend(desk: Desk, enum: Column | None, numbers: Sequence[int]) -> tuple[Cell, ...]:
    """What the colours on a calendar mean: the values of those rows, each once."""
    if enum is None:
        return ()
    rows = desk.data.rows(enum.table)
    cells = [desk.cell(Shown(enum), rows[number], number) for number in numbers]
    return tuple({cell.text: cell for cell in cells if cell.text}.values())[:5]


def plan_dashboard(desk: Desk, table: Table, width: int) -> Screen:
    """Tiles with numbers, then one or two tables of recent rows."""
    words, random = desk.words, desk.random
    main = [each for each in desk.domain.tables.values() if each.main and each.name != table.name]
    random.shuffle(main)
    shown = for_tables(desk, choices(desk, table, 5 if width > 1200 else 4))
    grids = [grid(desk, table, shown, numbers(desk, table, 5, 8), title=_recent(desk, table))]
    if main and random.random() < 0.6:
        other = for_tables(desk, choices(desk, main[0], 3))[:4]
        title = _recent(desk, main[0])
        grids.append(grid(desk, main[0], other, numbers(desk, main[0], 4, 6), title=title))
    tiles = [_count_tile(desk, each) for each in [table, *main][: random.choice((3, 4))]]
    amount = next((c for c in table.columns if desk.kind(c) == "money"), None)
    if amount is not None:
        tiles[-1:] = [_sum_tile(desk, amount)]
    return replace(
        blank("dashboard", desk, table),
        title=words("dashboard"),
        stats=tuple(tiles),
        related=tuple(replace(each, page=1, pages=1, selectable=False) for each in grids),
        columns=2 if len(grids) > 1 and width >= 1200 and random.random() < 0.5 else 1,
        subtitle=words("welcome", name=desk.data_name()) if random.random() < 0.4 else "",
    )


def _recent(desk: Desk, table: Table) -> str:
    return desk.words("recent", many=desk.many(table.name))


def _count_tile(desk: Desk, table: Table) -> Stat:
    count = len(desk.data.rows(table.name)) * desk.random.choice((1, 1, 3, 17))
    return Stat(
        label=desk.words("count", many=desk.many(table.name)),
        text=desk.style.number(count),
        icon=table.icon,
        delta=f"{desk.random.randint(1, 24)}%" if desk.random.random() < 0.6 else "",
        up=desk.random.random() < 0.7,
        mark=desk.mark_table(table),
    )


def _sum_tile(desk: Desk, column: Column) -> Stat:
    values = [row[column.name] or 0 for row in desk.data.rows(column.table)]
    return Stat(
        label=desk.words("of_sum", label=desk.label(column)),
        text=desk.style.money(sum(values)),
        icon="dollar",
        delta=f"{desk.random.randint(1, 24)}%" if desk.random.random() < 0.6 else "",
        mark=desk.field(Shown(column)).mark,
    )


def plan_mobile_list(desk: Desk, table: Table, width: int) -> Screen:
    """A list on a telephone: one row, one line or two."""
    shown = choices(desk, table, desk.random.randint(3, 5))
    shown = [each for each in shown if not each.count]
    places = numbers(desk, table, 6, 9)
    keys = related_keys(desk.domain, table)
    return replace(
        blank("mobile_list", desk, table),
        cards=tuple(_card(desk, table, shown, number) for number in places),
        search=desk.words("search", many=desk.many(table.name)),
        tabs=tuple(desk.many(key.table) for key in keys[:1]),
        actions=(Action(desk.words("new", one=desk.one(table.name)), "plus", "primary"),),
    )
