"""Python names for Django: classes for tables, fields for columns, members for enum labels.

Django refuses names with double or trailing underscores, and a model's own attributes; two names
that would meet are told apart by a number.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass, field

from ghost_engine.sql.render.naming import TakenNames
from ghost_engine.sql.schema import Schema, Table

# What django.db.models.Model has already, or what would shadow an import of the module.
_TAKEN = frozenset(
    "adelete arefresh_from_db asave check clean clean_fields date_error_message delete from_db "
    "full_clean get_constraints get_deferred_fields meta models objects pk "
    "prepare_database_save refresh_from_db save save_base serializable_value "
    "unique_error_message validate_constraints validate_unique self".split()
)
_CLASSES = frozenset(("ArrayField", "Now", "RawSQL", "uuid", "models", "Meta", "Model"))


@dataclass
class DjangoNames:
    """The new names: classes by table, fields by (table, column), choices by enum."""

    classes: dict[str, str] = field(default_factory=dict)
    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)


def django_names(schema: Schema) -> DjangoNames:
    """Names for everything in the schema."""
    names, taken = DjangoNames(), TakenNames(_CLASSES)
    for table in schema.tables:
        wished = table.name if table.namespace == "public" else f"{table.namespace}_{table.name}"
        names.classes[table.qualified] = _numbered(taken, _class_name(_singular(wished)))
    for enum in schema.enums:
        names.choices[enum.name] = _numbered(taken, _class_name(enum.name))
    for table in schema.tables:
        _name_fields(table, names)
    return names


def member_names(labels: tuple[str, ...]) -> list[str]:
    """Names for an enum's labels, in capitals."""
    taken = TakenNames()
    return [_numbered(taken, (_word(label) or "empty").upper()) for label in labels]


def _name_fields(table: Table, names: DjangoNames) -> None:
    taken = TakenNames(_TAKEN)
    single = {key.columns[0] for key in table.foreign_keys if len(key.columns) == 1}
    for column in table.columns:
        name = _word(column.name) or "column"
        if column.name in single and name.endswith("_id") and len(name) > 3:
            name = name.removesuffix("_id").rstrip("_")
        if name == "id" and table.primary_key != ("id",):
            name = "id_value"  # Django keeps `id` for the key
        if keyword.iskeyword(name) or name in _TAKEN:
            name = f"{name}_value"
        names.fields[table.qualified, column.name] = _numbered(taken, name)


def _numbered(taken: TakenNames, name: str) -> str:
    return taken.take(name).replace("__", "_")


def _word(name: str) -> str:
    """`Straße nr` -> `strae_nr`: lower case ASCII words joined by single underscores."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    word = re.sub(r"[^a-z0-9]+", "_", snake.lower()).strip("_")
    return f"n{word}" if word[:1].isdigit() else word


def _class_name(name: str) -> str:
    joined = "".join(part.capitalize() for part in _word(name).split("_")) or "Table"
    return f"{joined}Table" if keyword.iskeyword(joined) else joined  # True, False, None


def _singular(name: str) -> str:
    from ghost_engine.sql.nouns import sure_singular

    return sure_singular(name)
