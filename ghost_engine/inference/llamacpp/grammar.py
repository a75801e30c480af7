"""A grammar (GBNF) that lets a model write PostgreSQL DDL and nothing else, and always ends.

CREATE TYPE, CREATE TABLE and CREATE INDEX, at least one table, in the layout that our models are
trained to write. All it accepts parses; that names meet their tables it cannot promise. `finish`
closes what was cut off because it grew too long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from ghost_engine.sql.repair.vocabulary import words

_INDEXES, _TYPES, _CONSTRAINTS, _LISTED = 4, 4, 6, 6
_ALPHABET = "abcdefghijklmnopqrstuvwxyz_"

_NOT_TYPES = """
between bigint bit boolean char character coalesce dec decimal exists extract float greatest
grouping inout int integer interval json json_array json_arrayagg json_exists json_object
json_objectagg json_query json_scalar json_serialize json_table json_value least merge_action
national nchar none normalize nullif numeric out overlay position precision real row setof smallint
substring time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists
xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
"""PostgreSQL's words that name a column but no type of one's own."""

_ROUGH = ("real", "double precision", "money")
_SERIAL = ("serial", "bigserial", "smallserial")
_SIZED_TEXTS = ("varchar", "character varying", "char")
_TIMES = (
    "date", "time", "timestamp", "timestamptz", "timestamp with time zone",
    "timestamp without time zone",
)  # fmt: skip
_OTHERS = ("bytea", "inet", "cidr", "macaddr", "point", "tsvector")
_LISTED_TYPES = ("text", "integer", "bigint", "uuid", "numeric", "date", "inet", "cidr")
_CLOCK = ("now()", "current_timestamp", "current_date", "localtimestamp")

# What a column may be, by the default it may have: of another type, PostgreSQL would refuse it.
_KINDS = {
    "whole": (("smallint", "integer", "int", "bigint"), "", '"-"? digits'),
    "exact": (("numeric", "decimal"), "precision?", "number"),
    "rough": (_ROUGH, "", "number"),
    "serial": (_SERIAL, "", ""),
    "letters": (("text",), "", "string"),
    "some-letters": (_SIZED_TEXTS, "width?", "string"),
    "truth": (("boolean", "bool"), "", '"true" | "false" | "TRUE" | "FALSE"'),
    "moment": (_TIMES, "", "clock"),
    "unique-id": (("uuid",), "", '"gen_random_uuid()" | "uuid_generate_v4()"'),
    "tree": (("json", "jsonb"), "", """ "'{}'" | "'[]'" """),
    "span": (("interval",), "", "string"),
    "other": (_OTHERS, "", ""),
}

_RULES = r"""
root ::= part ("\n\n" part){0,MORE_TABLES} "\n"?
part ::= (enum "\n\n"){0,TYPES} table (("\n" | "\n\n") index){0,INDEXES}
enum ::= "CREATE TYPE " typename " AS ENUM (" string (", " string){0,VALUES} ");"
table ::= "CREATE TABLE " ("IF NOT EXISTS ")? name " (\n" indent column (",\n" indent column){0,MORE_COLUMNS} (",\n" indent constraint){0,CONSTRAINTS} "\n);"
index ::= "CREATE " ("UNIQUE ")? "INDEX " (name " ")? "ON " name " (" ordered (", " ordered){0,LISTED} ")" (" WHERE " condition)? ";"
ordered ::= name (" DESC" | " ASC")?
indent ::= "    " | "  "
column ::= name " " (kept | computed | KINDS) (" " check)? (" " target)?
kept ::= whole " GENERATED " ("ALWAYS" | "BY DEFAULT") " AS IDENTITY" " NOT NULL"? key?
computed ::= (whole | exact | letters) " GENERATED ALWAYS AS (" term (" " sign " " operand){1,3} ") STORED"
key ::= " PRIMARY KEY" | " UNIQUE"
constraint ::= ("CONSTRAINT " name " ")? ("PRIMARY KEY (" names ")" | "UNIQUE (" names ")" | "FOREIGN KEY (" names ")" (" " | "\n" indent indent) target | check)
target ::= "REFERENCES " name (" (" names ")")? action
action ::= (" ON DELETE " deed)? (" ON UPDATE " deed)?
deed ::= "CASCADE" | "RESTRICT" | "SET NULL" | "NO ACTION"
check ::= "CHECK (" (condition ((" AND " | " OR ") condition){0,2} | "(" condition ") = (" condition ")") ")"
condition ::= "NOT " typename | term " " (compared " " value | "IN (" value (", " value){0,VALUES} ")" | "IS NOT NULL" | "IS NULL" | "BETWEEN " value " AND " value)
compared ::= ">=" | ">" | "<=" | "<" | "<>" | "!=" | "=" | "~" | "LIKE"
term ::= typename | "position" | ("length" | "char_length" | "lower" | "upper" | "btrim" | "trim") "(" typename ")"
value ::= operand (" " sign " " operand){0,2}
operand ::= string | number | "true" | "false" | term
sign ::= "+" | "-" | "*" | "/" | "||"
number ::= "-"? digits ("." [0-9]{1,6})?
names ::= name (", " name){0,LISTED}
digits ::= "0" | [1-9] [0-9]{0,7}
string ::= "'" [^'\x00-\x1F\x7F]{0,40} "'"
name ::= word | quoted
typename ::= plainword | quoted
quoted ::= "\"" [a-zA-Z_] [a-zA-Z0-9_ ]{0,40} "\""
rest ::= [a-z0-9_]{0,30}
"""  # noqa: E501


@lru_cache(maxsize=8)
def ddl_grammar(tables: int = 12, columns: int = 40, values: int = 16) -> str:
    """The grammar, for llama.cpp's `grammar`.

    Args:
        tables: at most; at least one is written.
        columns: of a table, at most.
        values: of a type or a list, at most.
    """
    bounds = {
        "MORE_TABLES": tables - 1,
        "MORE_COLUMNS": columns - 1,
        "VALUES": values - 1,
        "TYPES": _TYPES,
        "INDEXES": _INDEXES,
        "CONSTRAINTS": _CONSTRAINTS,
        "LISTED": _LISTED,
    }
    text = _RULES
    for name, bound in bounds.items():
        text = text.replace(f"0,{name}}}", f"0,{max(0, bound)}}}")
    reserved = words("reserved")
    kinds = [*_KINDS, "own", "list"]
    text = text.replace("KINDS", " | ".join(f"{kind} {kind}-set" for kind in kinds))
    rules = [text.strip(), *_kind_rules(), f"clock ::= {_either(_CLOCK)}"]
    rules += [
        *_without("word", reserved),
        *_without("plainword", [*reserved, *_NOT_TYPES.split()]),
    ]
    return "\n".join(rules) + "\n"


def finish(text: str) -> str:
    """A script of this grammar that was cut off somewhere, as far as it is whole.

    A table that was begun ends with its last whole line; one without any is left out.
    """
    *lines, last = text.split("\n")  # no line break stands inside a string or a name
    if last.strip() == ");":
        return text.strip()
    begun = next((at for at in _backwards(lines) if lines[at].startswith("CREATE TABLE ")), None)
    if begun is None or ");" in lines[begun + 1 :]:
        return "\n".join(lines).strip()
    if not lines[-1].endswith(",") and not last.startswith(")"):
        lines.pop()  # what it says may go on
    if len(lines) <= begun + 1:
        return "\n".join(lines[:begun]).strip()
    return "\n".join([*lines[:-1], lines[-1].removesuffix(","), ");"])


def _backwards(lines: list[str]) -> Iterator[int]:
    return reversed(range(len(lines)))


def _kind_rules() -> Iterator[str]:
    """Each kind of type, and what may follow it: NOT NULL and a default in any order, round the
    key."""
    for kind, (types, size, default) in _KINDS.items():
        yield f"{kind} ::= ({_either(types)}) {size}".rstrip()
        yield from _set_rules(kind, default)
    yield "own ::= typename"
    yield from _set_rules("own", "string")
    yield f'list ::= ({_either(_LISTED_TYPES)}) "[]"'
    yield from _set_rules("list", """ "'{}'" """)
    yield 'precision ::= "(" [1-9] [0-9]? ("," " "? [0-9])? ")"'
    yield 'width ::= "(" [1-9] [0-9]{0,2} ")"'


def _set_rules(kind: str, default: str) -> Iterator[str]:
    null, value = '" NOT NULL"', f'" DEFAULT " ({default.strip()})'
    once = f"{null} ({value})? | {value} ({null})?" if default else null
    yield f"{kind}-set ::= (({once}) key? | key ({once})?)?"


def _either(choices: Iterable[str]) -> str:
    """Each in small and in capital letters."""
    return " | ".join(f'"{form}"' for each in choices for form in (each, each.upper()))


def _without(rule: str, refused: Iterable[str]) -> Iterator[str]:
    """Rules for a small-letter word that is none of these: a tree of their letters, where every
    other letter leads out and only what is no refused word may end."""
    refused = frozenset(refused)
    stems = {word[:end] for word in refused for end in range(len(word) + 1)}
    for stem in sorted(stems):
        inner = [letter for letter in _ALPHABET if stem + letter in stems]
        outer = "".join(letter for letter in _ALPHABET if letter not in inner)
        outer += "0-9" if stem else ""
        ways = [f'"{letter}" {_stem_rule(rule, stem + letter)}' for letter in inner]
        ways += [f"[{outer}] rest"] if outer else []
        ends = stem and stem not in refused
        yield f"{_stem_rule(rule, stem)} ::= {' | '.join(ways)}" + (' | ""' if ends else "")


def _stem_rule(rule: str, stem: str) -> str:
    """GBNF's names have no underscores."""
    return f"{rule}-{stem.replace('_', '-0')}" if stem else rule
