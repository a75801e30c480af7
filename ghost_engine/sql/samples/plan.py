"""What to put where before any row is stored: the order of tables, and which row refers to which.

Nothing here talks to the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ghost_engine.sql.samples.kinds import Kind, Kinds
from ghost_engine.sql.samples.readings import is_nothing, iso_dates, read_as
from ghost_engine.sql.schema import Column, ForeignKey, Schema, Table

MAX_ROWS = 50

Values = Mapping[tuple[str, str], Sequence[str]]  # (table, column) -> texts, top to bottom
Texts = dict[tuple[str, str], list[str]]


@dataclass(frozen=True, slots=True)
class Link:
    """A key column in which the screen shows names: row i refers to the parent whose `label` column
    holds `names[i]`, or to none where that is None."""

    label: str
    names: tuple[str | None, ...]


Links = dict[tuple[str, str], Link]  # by (table, column)


def by_column(schema: Schema, values: Values, kinds: Kinds) -> Texts:
    """`values` under the schema's own spelling of tables and columns."""
    spelled = {
        (table.qualified.casefold(), column.name.casefold()): (table.qualified, column.name)
        for table in schema.tables
        for column in table.columns
    }
    found = {}
    for (table, column), texts in values.items():
        exact = spelled.get((table.casefold(), column.casefold()))
        if exact and texts:
            dated = kinds[exact].family.startswith(("date", "timestamp"))
            found[exact] = (iso_dates(texts) if dated else list(texts))[:MAX_ROWS]
    return found


def parents_first(schema: Schema) -> list[Table]:
    """Every table after those it refers to, as far as there are no circles."""
    order: list[Table] = []
    seen: set[str] = set()
    for root in schema.tables:
        stack: list[tuple[Table, Iterable[ForeignKey]]] = []
        if root.qualified not in seen:
            seen.add(root.qualified)
            stack.append((root, iter(root.foreign_keys)))
        while stack:
            table, keys = stack[-1]
            key = next(iter(keys), None)
            parent = schema.table(key.target) if key else None
            if key is None:
                order.append(stack.pop()[0])
            elif parent is not None and parent.qualified not in seen:
                seen.add(parent.qualified)
                stack.append((parent, iter(parent.foreign_keys)))
    return order


def writable(table: Table) -> list[Column]:
    """The columns that take a value."""
    return [column for column in table.columns if column.generated is None]


def follow_labels(schema: Schema, kinds: Kinds, texts: Texts) -> Links:
    """Screens show a name where the table has a key: give the parents those names.

    Adds the names to `texts` of the parents' label columns.
    """
    links: Links = {}
    for table in schema.tables:
        for key in table.foreign_keys:
            place = table.qualified, key.columns[0]
            parent = schema.table(key.target)
            if parent is None or len(key.columns) > 1 or parent is table or place not in texts:
                continue
            label = _label_column(parent, kinds)
            if label is None or any(read_as(text, kinds[place]) for text in texts[place]):
                continue
            known = texts.setdefault((key.target, label), [])
            names = dict.fromkeys(text for text in texts[place] if not is_nothing(text))
            known += [name for name in names if name not in known]
            shown = (None if is_nothing(text) else " ".join(text.split()) for text in texts[place])
            links[place] = Link(label, tuple(shown))
    return links


def _label_column(table: Table, kinds: Kinds) -> str | None:
    """The text column by which people know a row: `name`, `title`, `email`."""
    texts = [
        column.name
        for column in writable(table)
        if _free_text(kinds[table.qualified, column.name]) and column.name not in table.primary_key
    ]
    for word in ("full_name", "name", "title", "label", "display_name", "username", "email"):
        found = next((name for name in texts if name.casefold() == word), None)
        if found:
            return found
    return next((name for name in texts if "name" in name.casefold()), None)


def _free_text(kind: Kind) -> bool:
    return kind.is_text and not kind.array and not kind.choices
