"""Columns as MySQL, SQLite, SQL Server and Oracle write them, rewritten for PostgreSQL.

Only what PostgreSQL never takes is touched; what it takes stays as written, even in a script that
fails elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Clause, Item, Table, joined, matching, split_commas
from ghost_engine.sql.repair.types import TypeChange, new_type
from ghost_engine.sql.repair.vocabulary import is_type_word, literal, spelled, written

_AUTO = "{} is another database's counter; PostgreSQL has GENERATED ... AS IDENTITY."
_INTEGERS = ("smallint", "integer", "bigint", "int", "int2", "int4", "int8")
_POSTGRES_COLLATIONS = (
    "c",
    "posix",
    "default",
    "ucs_basic",
    "unicode",
    "pg_c_utf8",
    "pg_unicode_fast",
)


@dataclass
class Mended:
    """What becomes of a table: edits inside it, statements before and after it.

    Each statement comes as (text, reason, what it replaces).
    """

    edits: list[Edit] = field(default_factory=list)
    before: list[tuple[str, str, str]] = field(default_factory=list)
    after: list[tuple[str, str, str]] = field(default_factory=list)


def mend_column(table: Table, item: Item, names: Names, mended: Mended) -> None:
    """Add to `mended` what the column `item` of `table` needs."""
    column = _Column(table, item, names)
    column.type = new_type(table, item, names)
    if item.type_end == item.first + 1 and not _breaks_off(table, item):
        column.type = _missing_type(column)
    _mend_kind_of_type(column, mended)
    _mend_identity(column, mended)
    for clause in item.clauses:
        mended.edits += _clause_edits(column, clause)
    _move_comment(column, mended)
    if column.type is not None and column.type.to is not None:
        mended.edits.append(_type_edit(column, column.type))


def _breaks_off(table: Table, item: Item) -> bool:
    """True for a lone word where the script ends: perhaps half a name, so no column."""
    return item.last == len(table.tokens) and item.last == item.first + 1


@dataclass
class _Column:
    table: Table
    item: Item
    names: Names
    type: TypeChange | None = None

    @property
    def tokens(self) -> tuple[Token, ...]:
        return tuple(self.table.tokens)

    @property
    def name(self) -> str:
        return self.table.item_name(self.item)

    @property
    def type_now(self) -> str:
        """The type the column will have, lower case."""
        changed = self.type.to if self.type is not None else None
        return (changed or self.table.type_text(self.item)).lower()

    @property
    def written(self) -> str:
        return self.tokens[self.item.first].text

    def text(self, clause: Clause) -> str:
        return joined(self.tokens[clause.first : clause.last])

    def cut(self, clause: Clause, reason: str) -> Edit:
        """Take the clause out with the blanks before it."""
        start = self.tokens[clause.first - 1].end
        return Edit(start, self.tokens[clause.last - 1].end, "", reason)

    def put(self, clause: Clause, text: str, reason: str) -> Edit:
        start, end = self.tokens[clause.first].start, self.tokens[clause.last - 1].end
        return Edit(start, end, text, reason)

    def is_key(self) -> bool:
        """True if the column is, or is written as, a key rather than an amount."""
        if any(
            clause.kind in ("primary", "references", "identity") for clause in self.item.clauses
        ):
            return True
        return self.name == "id" or self.name.lower().endswith(("_id", "id"))


def _missing_type(column: _Column) -> TypeChange | None:
    """A column without a type, as SQLite allows."""
    generated = column.item.clause("generated")
    if generated is not None:
        words = [token.key for token in column.tokens[generated.first : generated.last]]
        numeric = any(sign in words for sign in ("*", "-", "/", "+")) and "||" not in words
        return TypeChange("numeric" if numeric else "text", "A computed column needs a type.")
    counter = column.item.clause("identity") is not None
    guess = "integer" if counter or column.name == "id" or column.name.endswith("_id") else "text"
    return TypeChange(guess, f"The column had no type; {guess} holds it.")


def _type_edit(column: _Column, change: TypeChange) -> Edit:
    tokens, item = column.tokens, column.item
    start = (
        tokens[item.first + 1].start if item.type_end > item.first + 1 else tokens[item.first].end
    )
    end = tokens[item.type_end - 1].end if item.type_end > item.first + 1 else start
    space = "" if item.type_end > item.first + 1 else " "
    return Edit(start, end, space + (change.to or ""), change.reason)


# -- ENUM, SET, UNSIGNED ---------------------------------------------------------------------------


def _mend_kind_of_type(column: _Column, mended: Mended) -> None:
    first = column.tokens[column.item.first + 1 : column.item.type_end]
    kind = first[0].key if len(first) > 2 and first[1].text == "(" else ""
    if kind == "ENUM":
        _make_enum(column, _labels(column), mended)
    elif kind == "SET":
        _make_set(column, _labels(column), mended)
    unsigned = column.item.clause("unsigned")
    if unsigned is not None:
        mended.edits += _drop_unsigned(column, unsigned)


def _labels(column: _Column) -> list[str]:
    """The values between the brackets, unquoted, each once."""
    labels: dict[str, None] = {}
    first = column.item.first + 3
    for begin, end in split_commas(column.tokens, first, column.item.type_end - 1):
        if begin < end:
            token = column.tokens[begin]
            text = token.text[1:-1].replace("''", "'") if token.kind == "string" else token.name
            labels[text] = None
    return list(labels)


def _make_enum(column: _Column, labels: list[str], mended: Mended) -> None:
    listed = ", ".join(map(literal, labels))
    reason = "Inline ENUM is MySQL; PostgreSQL makes a type of it first."
    if not labels or any(len(label.encode()) > 63 for label in labels):
        reason = "ENUM with values longer than 63 bytes; a text with a CHECK holds them."
        check = f" CHECK ({column.written} IN ({listed}))" if labels else ""
        column.type = TypeChange("text" + check, reason)
        return
    name = spelled(column.names.free(f"{column.table.name}_{column.name}"[:60]))
    mended.before.append((f"CREATE TYPE {name} AS ENUM ({listed})", "", ""))
    column.names.types.add(name)
    column.type = TypeChange(name, reason)


def _make_set(column: _Column, labels: list[str], mended: Mended) -> None:
    listed = ", ".join(map(literal, labels))
    text = f"text[] CHECK ({column.written} <@ ARRAY[{listed}])" if labels else "text[]"
    column.type = TypeChange(text, "SET is MySQL; an array of text with a CHECK holds the same.")


def _drop_unsigned(column: _Column, clause: Clause) -> Iterator[Edit]:
    plain = column.is_key() or column.item.clause("generated") is not None
    if plain:
        yield column.cut(clause, "UNSIGNED is MySQL; a key needs no such check.")
    else:
        check = f"CHECK ({column.written} >= 0)"
        yield column.put(clause, check, "UNSIGNED is MySQL; a CHECK says the same.")


# -- counters --------------------------------------------------------------------------------------


def _mend_identity(column: _Column, mended: Mended) -> None:
    clause = column.item.clause("identity")
    if clause is None:
        return
    reason = _AUTO.format(column.tokens[clause.first].key)
    if "serial" in column.type_now:
        mended.edits.append(column.cut(clause, reason))
        return
    if column.type_now not in _INTEGERS:
        wide = "integer" if "int" in column.type_now else "bigint"
        column.type = TypeChange(wide, "A counter must be a whole number.")
    identity = "GENERATED BY DEFAULT AS IDENTITY" + _identity_options(column, clause)
    mended.edits.append(column.put(clause, identity, reason))
    for other in column.item.clauses:
        if other.kind in ("null", "default"):
            mended.edits.append(column.cut(other, "A counter has a value of its own, never NULL."))


def _identity_options(column: _Column, clause: Clause) -> str:
    """IDENTITY(1000, 5) counts from 1000 in steps of 5."""
    numbers = [t.text for t in column.tokens[clause.first : clause.last] if t.kind == "number"]
    if len(numbers) != 2 or numbers == ["1", "1"]:
        return ""
    return f" (START WITH {numbers[0]} INCREMENT BY {numbers[1]})"


# -- the other clauses -----------------------------------------------------------------------------


def _clause_edits(column: _Column, clause: Clause) -> Iterator[Edit]:
    text = column.text(clause)
    if clause.kind == "noise":
        yield column.cut(clause, f"{text.split()[0]} means nothing to PostgreSQL.")
    elif clause.kind == "charset" or (
        clause.kind == "collate" and _foreign_collation(column, clause)
    ):
        yield column.cut(clause, "Character sets and their collations belong to the database here.")
    elif clause.kind == "on update":
        reason = "ON UPDATE CURRENT_TIMESTAMP is MySQL; it would need a trigger, and is left out."
        yield column.cut(clause, reason)
    elif clause.kind == "key":
        yield column.put(clause, "PRIMARY KEY", "KEY behind a column is short for PRIMARY KEY.")
    elif clause.kind == "stored":
        yield column.put(clause, "STORED", "PostgreSQL says STORED.")
    elif clause.kind == "unique" and text.upper().endswith("KEY"):
        yield column.put(clause, text[:-3].strip(), "UNIQUE KEY is MySQL; PostgreSQL says UNIQUE.")
    elif clause.kind == "default":
        yield from _default_edits(column, clause)
    elif clause.kind == "generated":
        yield from _generated_edits(column, clause)
    if clause.kind != "noise":
        yield from _conflict_edits(column, clause)


def _foreign_collation(column: _Column, clause: Clause) -> bool:
    name = column.tokens[clause.last - 1]
    return name.kind != "quoted" and name.text.lower() not in _POSTGRES_COLLATIONS


def _conflict_edits(column: _Column, clause: Clause) -> Iterator[Edit]:
    """SQLite's ON CONFLICT inside a column, and its ASC / DESC and CLUSTERED behind a key."""
    keys = [token.key for token in column.tokens[clause.first : clause.last]]
    if "CONFLICT" in keys and keys[keys.index("CONFLICT") - 1] == "ON":
        at = clause.first + keys.index("CONFLICT") - 1
        span = Clause("conflict", at, min(at + 3, clause.last))
        yield column.cut(span, "ON CONFLICT inside a column is SQLite.")
    if clause.kind in ("primary", "unique") and keys[-1] in ("ASC", "DESC"):
        span = Clause("order", clause.last - 1, clause.last)
        yield column.cut(span, f"A key has no order; {keys[-1]} is left out.")


def _generated_edits(column: _Column, clause: Clause) -> Iterator[Edit]:
    """`col type AS (expression)` of MySQL and SQL Server."""
    if column.tokens[clause.first].key != "AS":
        return
    text = column.text(clause)
    ending = "" if text.upper().endswith(("STORED", "VIRTUAL")) else " STORED"
    ending = "" if column.item.clause("stored") else ending
    yield column.put(
        clause, f"GENERATED ALWAYS {text}{ending}", "A computed column says so in full."
    )


def _default_edits(column: _Column, clause: Clause) -> Iterator[Edit]:
    first = clause.first
    while column.tokens[first].key != "DEFAULT":
        first += 1
    values = list(column.tokens[first + 1 : clause.last])
    while len(values) > 2 and values[0].text == "(" and matching(values, 0) == len(values) - 1:
        values = values[1:-1]
    new = _new_default(column, values)
    if new is None:
        return
    if new[0]:
        yield column.put(clause, f"DEFAULT {new[0]}", new[1])
    else:
        yield column.cut(clause, new[1])


def _new_default(column: _Column, values: list[Token]) -> tuple[str, str] | None:
    """What stands for a default PostgreSQL would not take, "" for nothing, and why."""
    text = joined(values)
    bare = text[1:].strip("'") if text[:2] in ("b'", "B'") else text.strip("'")
    if column.type_now in ("boolean", "bool") and bare in ("0", "1"):
        return "TRUE" if bare == "1" else "FALSE", "A boolean is TRUE or FALSE."
    if column.type_now in ("boolean", "bool") and bare.upper() in ("Y", "N", "YES", "NO"):
        return "TRUE" if bare.upper()[0] == "Y" else "FALSE", "A boolean is TRUE or FALSE."
    if text.startswith("'0000-00-00"):
        return "", "There is no day zero; the default is left out."
    if column.type_now.startswith("text[]") and values and values[0].kind == "string":
        return literal("{" + text[1:-1] + "}"), "An array's default stands in braces."
    if len(values) == 1 and values[0].kind == "quoted":
        return literal(values[0].name), "Strings stand in single quotes."
    return None


def _move_comment(column: _Column, mended: Mended) -> None:
    clause = column.item.clause("comment")
    if clause is None:
        return
    value = column.tokens[clause.last - 1]
    text = value.text if value.kind == "string" else literal(value.name)
    reason = "Inline COMMENT is MySQL; PostgreSQL has COMMENT ON."
    mended.edits.append(column.cut(clause, reason))
    place = f"{column.table.written}.{written_again(column.tokens[column.item.first])}"
    mended.after.append((f"COMMENT ON COLUMN {place} IS {text}", "", ""))


def written_again(token: Token) -> str:
    """A name as it must be written elsewhere: a bare reserved word gets its quotes."""
    return token.text if token.kind == "quoted" else written(token.text)


def is_type(token: Token, names: Names) -> bool:
    """True if `token` names a type, known or of the script's own."""
    return is_type_word(token.text) or token.name in names.types
