"""A part of a domain's schema as a script of its own, in the author's words.

Only clauses, constraints and indexes whose columns are all kept survive; enums keep the labels that
can be seen. The result runs because the whole did: order and definitions are the author's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ghost_engine.collect.synth.domain import Clause, Column, Domain, Table

_IN = re.compile(r"\bIN\s*\(([^()]*)\)", re.IGNORECASE)
_FOREIGN = re.compile(r"\bREFERENCES\s+(\w+)\s*\(([^)]*)\)", re.IGNORECASE)
_STRING = re.compile(r"'((?:[^']|'')*)'")
_DEFAULT = re.compile(r"DEFAULT\s+'((?:[^']|'')*)'", re.IGNORECASE)


def write_ddl(
    domain: Domain,
    kept: Mapping[str, Collection[str]],
    seen: Mapping[str, Collection[str]] | None = None,
    hidden: Mapping[str, str] | None = None,
) -> str:
    """The script that makes just these tables and columns.

    Args:
        kept: the columns of each table, closed over primary keys and referenced tables.
        seen: for columns `table.column` with listed values, the values to keep; None keeps all.
        hidden: tables whose key nobody sees, and what to call it: it becomes a plain identity, the
            one form that nobody has to guess.
    """
    return _Cut(domain, kept, seen, hidden or {}).text()


class _Cut:
    """One cut through a domain; each method writes a piece of it."""

    def __init__(
        self,
        domain: Domain,
        kept: Mapping[str, Collection[str]],
        seen: Mapping[str, Collection[str]] | None,
        hidden: Mapping[str, str],
    ) -> None:
        self.domain = domain
        self.kept = kept
        self.seen = seen
        self.hidden = hidden
        self.enums = {name: values for name in domain.enums if (values := self._values(name))}

    def text(self) -> str:
        types = [
            f"CREATE TYPE {name} AS ENUM ({', '.join(map(_quoted, values))});"
            for name, values in self.enums.items()
            if len(values) > 1
        ]
        tables = [table for table in self.domain.tables.values() if table.name in self.kept]
        return "\n\n".join([*types, *map(self._table, tables)]) + "\n"

    def _values(self, enum: str) -> list[str]:
        """An enum's values: all, or those seen in any kept column of the type."""
        labels = [label.value for label in self.domain.enums[enum]]
        if self.seen is None:
            return labels
        columns = [
            column.path
            for table in self.domain.tables.values()
            for column in table.columns
            if column.type == enum and column.name in self.kept.get(table.name, ())
        ]
        visible = {value for path in columns for value in self.seen.get(path, ())}
        return [value for value in labels if value in visible]

    def _table(self, table: Table) -> str:
        lines = [
            self._column(column, table)
            for column in table.columns
            if column.name in self.kept[table.name]
        ]
        lines += [clause.text for clause in table.constraints if self._stays(clause, table)]
        text = f"CREATE TABLE {table.name} (\n    " + ",\n    ".join(lines) + "\n);"
        indexes = [clause.text + ";" for clause in table.indexes if self._stays(clause, table)]
        return "\n".join([text, *indexes])

    def _stays(self, clause: Clause, table: Table) -> bool:
        """Whether all that a clause speaks of is there: columns, keys, the enum values it names."""
        gone = set(table.primary_key) if self._is_renamed(table) else set()
        if not clause.columns <= set(self.kept[table.name]) - gone:
            return False
        foreign = _FOREIGN.search(clause.text)
        if foreign and not set(re.split(r"\s*,\s*", foreign[2].strip())) <= set(
            self.kept.get(foreign[1], ())
        ):
            return False
        named = {each.replace("''", "'") for each in _STRING.findall(clause.text)}
        own = [c for c in table.columns if c.name in clause.columns and c.type in self.domain.enums]
        return not own or named <= {value for c in own for value in self.enums.get(c.type, ())}

    def _is_renamed(self, table: Table) -> bool:
        return self.hidden.get(table.name, table.primary_key[0]) != table.primary_key[0]

    def _column(self, column: Column, table: Table) -> str:
        if table.name in self.hidden and column.name == table.primary_key[0]:
            return f"{self.hidden[table.name]} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        clauses = [
            text
            for clause in column.clauses
            if self._stays(clause, table) and (text := self._clause(clause, column))
        ]
        return " ".join([column.name, self._type(column), *clauses])

    def _type(self, column: Column) -> str:
        if self._refers_to_hidden(column):
            return "bigint"
        one_value = column.type in self.domain.enums and len(self.enums.get(column.type, ())) < 2
        return "text" if one_value else column.type

    def _refers_to_hidden(self, column: Column) -> bool:
        if column.references not in self.hidden:
            return False
        key = self.domain.tables[str(column.references)].primary_key[0]
        return column.target in ("", key)

    def _clause(self, clause: Clause, column: Column) -> str:
        """A clause as written, less values that nobody can see; "" drops it."""
        if clause.text.upper().startswith("REFERENCES") and self._refers_to_hidden(column):
            name = self.hidden[str(column.references)]
            return _FOREIGN.sub(rf"REFERENCES \1 ({name})", clause.text, count=1)
        default = _DEFAULT.fullmatch(clause.text)
        value = default[1].replace("''", "'") if default else None
        if column.type in self.domain.enums:
            hidden = value is not None and value not in self.enums.get(column.type, ())
            return "" if hidden else clause.text
        listed = _listed(column)
        if self.seen is None or not listed:
            return clause.text
        seen = self.seen.get(column.path, ())
        if value is not None and value not in seen:
            return ""
        if not _IN.search(clause.text):
            return clause.text
        left = [each for each in listed if each in seen]
        if len(left) < 2:
            return ""
        return _IN.sub(f"IN ({', '.join(map(_quoted, left))})", clause.text, count=1)


def _listed(column: Column) -> list[str]:
    for clause in column.clauses:
        match = _IN.search(clause.text)
        if match:
            return [each.replace("''", "'") for each in _STRING.findall(match[1])]
    return []


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
