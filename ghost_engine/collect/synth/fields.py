"""From columns and rows to labelled fields and marked cells.

A `Shown` is one thing a screen shows of a subject's row: a column of its own, a column of a row it
refers to, a count of rows that refer to it, or chips through a join table. The marks written here
are what `measure.js` looks for and `truth` believes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from markupsafe import Markup

from ghost_engine.collect.synth.domain import Column, Domain, Table
from ghost_engine.collect.synth.rows import Data, Row
from ghost_engine.collect.synth.screen import Cell, Field
from ghost_engine.collect.synth.values import EPOCH, faker_of, name_of_call
from ghost_engine.collect.synth.words import Style, Words

_LONG = {"sentence", "paragraph"}
_BY_CALL = {
    "money": "money",
    "expr": "money",
    "sum": "money",
    "percent": "percent",
    "email": "email",
    "phone": "phone",
    "url": "url",
    "color": "color",
}
_PEOPLE = {"first_name", "full_name"}


@dataclass(frozen=True, slots=True)
class Shown:
    """`path` leads from the subject's row over foreign keys to the row that `column` is of.

    With `count` or `chips`, `column` is the foreign key by which others refer to the subject.
    `context` are foreign keys that standing here proves, such as a line item's under its order.
    """

    column: Column
    path: tuple[Column, ...] = ()
    count: bool = False
    chips: Column | None = None  # the join table's other foreign key
    context: tuple[Column, ...] = ()

    @property
    def name(self) -> str:
        return ".".join([*(hop.name for hop in self.path), self.column.path])


class Desk:
    """Everything a planner works with: domain, data, words, style and chance of one screen."""

    def __init__(
        self, domain: Domain, data: Data, words: Words, style: Style, random: Random
    ) -> None:
        self.domain = domain
        self.data = data
        self.words = words
        self.style = style
        self.random = random
        self.language = words.language
        self._labels: dict[str, str] = {}
        self._names: dict[str, tuple[str, str]] = {}

    def one(self, table: str) -> str:
        return self._name(table)[0]

    def many(self, table: str) -> str:
        return self._name(table)[1]

    def label(self, column: Column) -> str:
        """The words over a column, the same everywhere on one screen."""
        if column.path not in self._labels:
            options = column.labels(self.language)
            first = self.random.random() < 0.5
            self._labels[column.path] = options[0] if first else self.random.choice(options)
        return self._labels[column.path]

    def _name(self, table: str) -> tuple[str, str]:
        if table not in self._names:
            names = self.domain.tables[table].names
            ones, manys = names.get(self.language) or names["en"]
            place = self.random.randrange(min(len(ones), len(manys)))
            self._names[table] = ones[place], manys[place]
        return self._names[table]

    def data_name(self) -> str:
        """The person at the screen."""
        faker = faker_of(self.language)
        faker.seed_instance(self.random.getrandbits(32))
        return f"{faker.first_name()} {faker.last_name()}"

    def now(self) -> datetime:
        return EPOCH

    def mark_table(self, table: Table) -> Markup:
        """The mark of a number that counts a table's rows."""
        return _attributes({"gc": table.name})

    def mark_all(self, shown: Sequence[Shown], paths: str) -> Markup:
        """One mark for several columns that stand in one text."""
        hops = [each.column for each in shown if each.column.references]
        return _attributes({"gt": paths, "via": _via(*hops)})

    # --- fields ---------------------------------------------------------------------------------

    def field(self, shown: Shown, *, form: bool = False) -> Field:
        """The field that stands for `shown`; in a form it knows its options."""
        column = shown.column
        if shown.count or shown.chips:
            other = shown.chips.references if shown.chips else column.table
            keys = [column, shown.chips] if shown.chips else [column]
            mark = _attributes({"gc": str(other), "via": _via(*shown.context, *keys)})
            kind = "tags" if shown.chips else "count"
            return Field(shown.name, self.many(str(other)), kind, mark)
        label = self._full_label(shown)
        via = _via(*shown.context, *shown.path)
        kind = self.kind(column)
        return Field(
            name=shown.name,
            label=label,
            kind=kind,
            mark=_attributes({"gl": column.path, "via": via}),
            required=not column.nullable and kind != "bool",
            options=self._options(column) if form else (),
            unit=column.unit,
            help=column.help if self.language == "en" else "",
            person=self._is_person(column),
        )

    def _full_label(self, shown: Shown) -> str:
        """A label that says whose it is where the subject has one of the same words."""
        label = self.label(shown.column)
        if not shown.path:
            return label
        own = {self.label(each) for each in self.domain.tables[shown.path[0].table].columns}
        bare = {"name", "title", "code", "bezeichnung", "nom", "nombre"}
        if label in own or label.lower() in bare or self.random.random() < 0.4:
            return f"{self.label(shown.path[-1])} {label[:1].lower()}{label[1:]}"
        return label

    def kind(self, column: Column) -> str:
        """What kind of thing a column holds, from its type and generator."""
        call = name_of_call(column.gen)
        kind = column.type.lower().split("(")[0].strip()
        if column.references:
            return "ref"
        if column.type in self.domain.enums:
            return "enum"
        if kind.endswith("[]"):
            return "tags"
        if kind in ("boolean", "bool"):
            return "bool"
        if kind in ("date", "time"):
            return kind
        if kind.startswith("timestamp"):
            return "datetime"
        if kind == "interval":
            return "duration"
        if call in _BY_CALL and not (kind in ("integer", "bigint") and call in ("expr", "sum")):
            return _BY_CALL[call]
        if kind in ("bigint", "integer", "smallint", "numeric", "real", "double precision"):
            return "year" if call == "year" else "number"
        return "long" if call in _LONG else "text"

    def _options(self, column: Column) -> tuple[str, ...]:
        if column.type in self.domain.enums:
            return tuple(label.text(self.language) for label in self.data.enum(column))
        if column.references:
            rows = self.data.rows(column.references)[:8]
            return tuple(self.display(column.references, row)[0] for row in rows)
        if name_of_call(column.gen) == "choice" and self.kind(column) in ("text", "number"):
            values = [row[column.name] for row in self.data.rows(column.table)]
            options = dict.fromkeys(str(value) for value in values if value is not None)
            return tuple(options) if 1 < len(options) < 12 else ()
        return ()

    def _is_person(self, column: Column) -> bool:
        if not column.references:
            return name_of_call(column.gen) in _PEOPLE
        target = self.domain.tables[column.references]
        return any(name_of_call(target.column(name).gen) in _PEOPLE for name in target.show)

    # --- cells ----------------------------------------------------------------------------------

    def cell(self, shown: Shown, row: Row, number: int) -> Cell:
        """The value of `shown` in row `number` of the subject, marked."""
        if shown.count:
            return self._count(shown.column, number)
        if shown.chips:
            return self._chips(shown.column, shown.chips, number)
        here: Row | None = row
        for hop in shown.path:
            here = self.data.target(hop, here) if here is not None else None
        if here is None:
            return Cell("", "text")
        return self._own(shown.column, here, (*shown.context, *shown.path))

    def _own(self, column: Column, row: Row, path: tuple[Column, ...]) -> Cell:
        value = row[column.name]
        if value is None:
            return Cell("", "bool" if self.kind(column) == "bool" else "text")
        if column.references:
            return self._reference(column, row, path)
        via = _via(*path)
        kind = self.kind(column)
        if kind == "enum":
            label = next(label for label in self.data.enum(column) if label.value == value)
            mark = _attributes({"gt": column.path, "via": via, "gv": value})
            return Cell(label.text(self.language), kind, mark, tone=label.tone)
        mark = _attributes({"gt": column.path, "via": via, "gv": _raw(value, column)})
        if kind == "bool":
            return Cell(self.words("yes" if value else "no"), kind, mark, checked=bool(value))
        if kind == "tags":
            return Cell(", ".join(value), kind, mark, items=tuple(value), hue=_hue(str(value)))
        percent = int(value) if kind == "percent" else None
        return Cell(
            self.text(value, kind, column.unit),
            kind,
            mark,
            percent=percent,
            initials=initials(str(value)),
            hue=_hue(str(value)),
        )

    def _reference(self, column: Column, row: Row, path: tuple[Column, ...]) -> Cell:
        target = self.data.target(column, row)
        if target is None:
            return Cell("", "text")
        text, columns, hops = self.display(str(column.references), target)
        mark = _attributes({"gt": _via(*columns), "via": _via(*path, column, *hops)})
        return Cell(text, "ref", mark, initials=initials(text), hue=_hue(text))

    def _count(self, key: Column, number: int) -> Cell:
        count = len(self.data.children(key, number))
        mark = _attributes({"gc": key.table, "via": key.path})
        return Cell(self.style.number(count), "count", mark)

    def _chips(self, here: Column, there: Column, number: int) -> Cell:
        names: list[str] = []
        columns: list[Column] = []
        for link in self.data.children(here, number)[:4]:
            target = self.data.target(there, link)
            if target is not None:
                text, columns, _ = self.display(str(there.references), target)
                names.append(text)
        if not names:
            return Cell("", "text")
        mark = _attributes({"gt": _via(*columns), "via": _via(here, there)})
        return Cell(", ".join(names), "tags", mark, items=tuple(dict.fromkeys(names)))

    def display(self, table: str, row: Row) -> tuple[str, list[Column], list[Column]]:
        """How a row is called elsewhere: the text, its columns, and foreign keys followed."""
        texts, columns, hops = [], [], []
        for name in self.domain.tables[table].show:
            column = self.domain.tables[table].column(name)
            target = self.data.target(column, row) if column.references else None
            if column.references and target is not None:
                text, inner, more = self.display(column.references, target)
                columns += inner
                hops += [column, *more]
            elif column.references or row[name] is None:
                continue
            else:
                text = self.text(row[name], self.kind(column), column.unit)
                columns.append(column)
            texts.append(text)
        return " ".join(texts), columns, hops

    def text(self, value: Any, kind: str, unit: str = "") -> str:
        """A value as this application writes it."""
        if kind == "money":
            return self.style.money(value)
        if kind == "percent":
            return f"{value}%" if self.language == "en" else f"{value} %"
        if kind == "number":
            text = self.style.number(value)
            return f"{text} {unit}" if unit else text
        if isinstance(value, bool):
            return self.words("yes" if value else "no")
        if isinstance(value, datetime):
            return self.style.datetime(value)
        if isinstance(value, date):
            return self.style.date(value)
        if isinstance(value, time):
            return self.style.time(value)
        if isinstance(value, timedelta):
            return self.style.duration(value)
        return str(value)


def initials(text: str) -> str:
    """`Ann Lee` as an avatar writes it: `AL`."""
    words = [word for word in text.split() if word[:1].isalpha()]
    return "".join(
        word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)
    ).upper()


def _hue(text: str) -> int:
    """A colour that a text always gets; Python's own hash differs from run to run."""
    return sum((place + 1) * ord(letter) for place, letter in enumerate(text)) % 360


def _raw(value: Any, column: Column) -> str:
    """The stored value where a CHECK may list it: short text only."""
    listed = any(" IN " in clause.text.upper() for clause in column.clauses)
    return str(value) if listed else ""


def _attributes(values: dict[str, str]) -> Markup:
    parts = [Markup('data-{}="{}"').format(key, text) for key, text in values.items() if text]
    return Markup(" ").join(parts)


def _via(*columns: Column) -> str:
    return " ".join(column.path for column in columns)


def own_columns(table: Table) -> Sequence[Column]:
    """The columns people see: everything but plain surrogate keys."""
    return [
        column
        for column in table.columns
        if not (column.name in table.primary_key and not column.gen and not column.references)
        and column.type.lower() not in ("jsonb", "json")
    ]
