"""Columns as MySQL, SQLite, SQL Server and Oracle write them, rewritten for PostgreSQL.

Only what PostgreSQL never takes is touched; what it takes stays as written, even in a script that
fails elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from ghost_engine.sql.lexer import Token
from ghost_engine.sql.repair.column import Column, Mended
from ghost_engine.sql.repair.defaults import default_edits
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.names import Names
from ghost_engine.sql.repair.pieces import Clause, Item, Table
from ghost_engine.sql.repair.spans import split_commas
from ghost_engine.sql.repair.types import TypeChange, new_type
from ghost_engine.sql.repair.vocabulary import literal, spelled, written

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


def mend_column(table: Table, item: Item, names: Names, mended: Mended) -> None:
    """Add to `mended` what the column `item` of `table` needs."""
    column = Column(table, item, names)
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


def _missing_type(column: Column) -> TypeChange | None:
    """A column without a type, as SQLite allows."""
    generated = column.item.clause("generated")
    if generated is not None:
        words = [token.key for token in column.tokens[generated.first : generated.last]]
        numeric = any(sign in words for sign in ("*", "-", "/", "+")) and "||" not in words
        return TypeChange("numeric" if numeric else "text", "A computed column needs a type.")
    counter = column.item.clause("identity") is not None
    guess = "integer" if counter or column.name == "id" or column.name.endswith("_id") else "text"
    return TypeChange(guess, f"The column had no type; {guess} holds it.")


def _type_edit(column: Column, change: TypeChange) -> Edit:
    tokens, item = column.tokens, column.item
    start = (
        tokens[item.first + 1].start if item.type_end > item.first + 1 else tokens[item.first].end
    )
    end = tokens[item.type_end - 1].end if item.type_end > item.first + 1 else start
    space = "" if item.type_end > item.first + 1 else " "
    return Edit(start, end, space + (change.to or ""), change.reason)


# -- ENUM, SET, UNSIGNED ---------------------------------------------------------------------------


def _mend_kind_of_type(column: Column, mended: Mended) -> None:
    first = column.tokens[column.item.first + 1 : column.item.type_end]
    kind = first[0].key if len(first) > 2 and first[1].text == "(" else ""
    if kind == "ENUM":
        _make_enum(column, _labels(column), mended)
    elif kind == "SET":
        _make_set(column, _labels(column), mended)
    unsigned = column.item.clause("unsigned")
    if unsigned is not None:
        mended.edits += _drop_unsigned(column, unsigned)


def _labels(column: Column) -> list[str]:
    """The values between the brackets, unquoted, each once."""
    labels: dict[str, None] = {}
    first = column.item.first + 3
    for begin, end in split_commas(column.tokens, first, column.item.type_end - 1):
        if begin < end:
            token = column.tokens[begin]
            text = token.text[1:-1].replace("''", "'") if token.kind == "string" else token.name
            labels[text] = None
    return list(labels)


def _make_enum(column: Column, labels: list[str], mended: Mended) -> None:
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


def _make_set(column: Column, labels: list[str], mended: Mended) -> None:
    listed = ", ".join(map(literal, labels))
    text = f"text[] CHECK ({column.written} <@ ARRAY[{listed}])" if labels else "text[]"
    column.type = TypeChange(text, "SET is MySQL; an array of text with a CHECK holds the same.")


def _drop_unsigned(column: Column, clause: Clause) -> Iterator[Edit]:
    plain = column.is_key() or column.item.clause("generated") is not None
    if plain:
        yield column.cut(clause, "UNSIGNED is MySQL; a key needs no such check.")
    else:
        check = f"CHECK ({column.written} >= 0)"
        yield column.put(clause, check, "UNSIGNED is MySQL; a CHECK says the same.")


# -- counters --------------------------------------------------------------------------------------


def _mend_identity(column: Column, mended: Mended) -> None:
    clause = column.item.clause("identity")
    if clause is None:
        _widen_identity(column, mended)
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


def _widen_identity(column: Column, mended: Mended) -> None:
    """Oracle's identity: NUMBER becomes bigint, ON NULL goes."""
    clause = column.item.clause("generated")
    text = column.text(clause).upper() if clause else ""
    if clause is None or "IDENTITY" not in text or not text.startswith("GENERATED"):
        return
    if column.type_now not in _INTEGERS:
        column.type = TypeChange("bigint", "A counter must be a whole number.")
    if "ON NULL" in text:
        new = "GENERATED BY DEFAULT AS IDENTITY"
        mended.edits.append(column.put(clause, new, "ON NULL is Oracle; a counter is never NULL."))


def _identity_options(column: Column, clause: Clause) -> str:
    """IDENTITY(1000, 5) counts from 1000 in steps of 5."""
    numbers = [t.text for t in column.tokens[clause.first : clause.last] if t.kind == "number"]
    if len(numbers) != 2 or numbers == ["1", "1"]:
        return ""
    return f" (START WITH {numbers[0]} INCREMENT BY {numbers[1]})"


# -- the other clauses -----------------------------------------------------------------------------


def _clause_edits(column: Column, clause: Clause) -> Iterator[Edit]:
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
    elif clause.kind == "foreign":
        yield column.cut(clause, "Behind a column, REFERENCES alone makes the foreign key.")
    elif clause.kind == "key":
        yield column.put(clause, "PRIMARY KEY", "KEY behind a column is short for PRIMARY KEY.")
    elif clause.kind == "stored":
        yield column.put(clause, "STORED", "PostgreSQL says STORED.")
    elif clause.kind == "unique" and text.upper().endswith("KEY"):
        yield column.put(clause, text[:-3].strip(), "UNIQUE KEY is MySQL; PostgreSQL says UNIQUE.")
    elif clause.kind == "default":
        yield from default_edits(column, clause)
    elif clause.kind == "generated":
        yield from _generated_edits(column, clause)
    if clause.kind != "noise":
        yield from _conflict_edits(column, clause)


def _foreign_collation(column: Column, clause: Clause) -> bool:
    name = column.tokens[clause.last - 1]
    return name.kind != "quoted" and name.text.lower() not in _POSTGRES_COLLATIONS


def _conflict_edits(column: Column, clause: Clause) -> Iterator[Edit]:
    """SQLite's ON CONFLICT inside a column, and its ASC / DESC and CLUSTERED behind a key."""
    keys = [token.key for token in column.tokens[clause.first : clause.last]]
    if "CONFLICT" in keys and keys[keys.index("CONFLICT") - 1] == "ON":
        at = clause.first + keys.index("CONFLICT") - 1
        span = Clause("conflict", at, min(at + 3, clause.last))
        yield column.cut(span, "ON CONFLICT inside a column is SQLite.")
    if clause.kind in ("primary", "unique") and keys[-1] in ("ASC", "DESC"):
        span = Clause("order", clause.last - 1, clause.last)
        yield column.cut(span, f"A key has no order; {keys[-1]} is left out.")


def _generated_edits(column: Column, clause: Clause) -> Iterator[Edit]:
    """`col type AS (expression)` of MySQL and SQL Server."""
    if column.tokens[clause.first].key != "AS":
        return
    text = column.text(clause)
    ending = "" if text.upper().endswith(("STORED", "VIRTUAL")) else " STORED"
    ending = "" if column.item.clause("stored") else ending
    yield column.put(
        clause, f"GENERATED ALWAYS {text}{ending}", "A computed column says so in full."
    )


def _move_comment(column: Column, mended: Mended) -> None:
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
