"""A schema as a Mermaid `erDiagram`, for the workbench, GitHub and anything else that draws it.

Mermaid knows few letters: plain names are written as they are, others are quoted with lookalikes
for what would end the quote; a column whose name had to change carries the real one as a comment.
Two different names never become the same one.
"""

from __future__ import annotations

import re
import unicodedata

from ghost_engine.sql.render.keys import Relationship, key_marks, relationships, short_type
from ghost_engine.sql.schema import Schema, Table

# Words that Mermaid's lexer takes for itself wherever they stand alone.
_RESERVED = frozenset(
    "accdescr acctitle class classdef direction end erdiagram many one optionally only style "
    "subgraph to title u zero constructor prototype __proto__".split()
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSAFE = re.compile(r"""["%\\<>&#;`~*{}\[\]|$]""")


def to_mermaid(schema: Schema) -> str:
    """The `erDiagram` text: every table with its columns, then a line a foreign key."""
    names = _entity_names(schema)
    lines = ["erDiagram"]
    for table in schema.tables:
        lines += _entity(table, names[table])
    lines += [_line(relationship, names) for relationship in relationships(schema)]
    return "\n".join(lines) + "\n"


def _entity(table: Table, name: str) -> list[str]:
    if not table.columns:
        return [f"    {name}"]
    return [f"    {name} {{", *_attributes(table), "    }"]


def _attributes(table: Table) -> list[str]:
    lines, taken = [], set[str]()
    for number, column in enumerate(table.columns, 1):
        word = _distinct(_word(column.name, number), taken, "_")
        comment = "" if word == column.name else f' "{_quotable(column.name)}"'
        marks = ", ".join(key_marks(table, column.name))
        lines.append(f"        {_type_word(column.type)} {word} {marks}".rstrip() + comment)
    return lines


def _line(relationship: Relationship, names: dict[Table, str]) -> str:
    parent, child = (
        names[relationship.parent],
        names[relationship.child],
    )
    left = "|o" if relationship.optional else "||"
    right = "o|" if relationship.single else "o{"
    label = _quotable(", ".join(relationship.key.columns))
    return f'    {parent} {left}--{right} {child} : "{label}"'


def _entity_names(schema: Schema) -> dict[Table, str]:
    names, taken = {}, set[str]()
    for table in schema.tables:
        safe = _distinct(_quotable(table.qualified), taken, " ")
        plain = _PLAIN.fullmatch(safe) and safe.lower() not in _RESERVED
        names[table] = safe if plain else f'"{safe}"'
    return names


def _distinct(name: str, taken: set[str], joint: str) -> str:
    """`name`, or `name` and a number when another already took it; remembers the answer."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}{joint}{number}"
    taken.add(candidate)
    return candidate


def _quotable(text: str) -> str:
    """`text` with full-width lookalikes for what Mermaid, or the HTML it makes, would act upon."""
    text = "".join(
        char if char.isprintable() else "␣" if char.isspace() else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )
    text = _UNSAFE.sub(lambda found: chr(ord(found[0]) + 0xFEE0), text)
    # Mermaid reads "direction LR" anywhere in a line as an order, quoted or not.
    text = re.sub(r"(?i)(direction) ", r"\1␣", text)
    text = _without_emphasis(text)
    return text if text.strip() else "␣" * max(1, len(text))


def _word(name: str, number: int) -> str:
    """An attribute word of ASCII letters, digits and underscores: all that older Mermaids take."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    word = re.sub(r"\W", "_", plain, flags=re.ASCII)
    if _without_emphasis(word) != word:
        word = word.strip("_")
    if not re.search(r"[A-Za-z0-9]", word):
        return f"column_{number}"
    return f"_{word}" if word[0].isdigit() or word.lower() in {"pk", "fk", "uk"} else word


def _without_emphasis(text: str) -> str:
    """Mermaid shows `__init__` as a bold "init": the opening underscores become full-width."""
    if not re.search(r"_(?![^\W_]|_)", text):
        return text
    return re.sub(r"(?<![^\W_])_+(?=[^\W_])", lambda found: "\uff3f" * len(found[0]), text)


def _type_word(type_name: str) -> str:
    plain = unicodedata.normalize("NFKD", short_type(type_name)).encode("ascii", "ignore").decode()
    word = re.sub(r"[^A-Za-z0-9_\[\]()]+", "_", plain).strip("_")
    return word if word[:1].isalpha() and word.lower() not in {"pk", "fk", "uk"} else f"type_{word}"
