"""PostgreSQL's types in MySQL's words, and texts in its quotes."""

from __future__ import annotations

from ghost_engine.sql.render.typenames import TypeName

_TYPES = {
    "small": "SMALLINT",
    "integer": "INT",
    "big": "BIGINT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "money": "DECIMAL(19,2)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "uuid": "CHAR(36)",
    "json": "JSON",
    "binary": "LONGBLOB",
    "address": "VARCHAR(43)",
    "interval": "VARCHAR(64)",
    "other": "LONGTEXT",
}
_KEY_TEXT = 255  # characters of a text in a key; InnoDB takes 3072 bytes, at 4 a character
_MAX_VARCHAR = 16_383


def column_type(kind: TypeName, keyed: bool) -> str:
    """The type to write; a text that is part of a key is bounded."""
    size = kind.arguments[0] if kind.arguments else None
    if kind.array:
        return "JSON"
    if kind.family == "enum":
        return f"ENUM({', '.join(string(label) for label in kind.labels) or repr('')})"
    if kind.family in ("text", "varchar", "other") and keyed:
        return f"VARCHAR({min(size or _KEY_TEXT, 768) if kind.family == 'varchar' else _KEY_TEXT})"
    if kind.family == "text" or (kind.family == "varchar" and not (size and size <= _MAX_VARCHAR)):
        return "LONGTEXT"
    if kind.family in ("varchar", "char"):
        short = kind.family == "char" and (size or 1) <= 255
        return f"CHAR({size or 1})" if short else f"VARCHAR({size or 1})"
    if kind.family == "decimal":
        return _decimal(kind.arguments)
    if kind.family in ("timestamp", "timestamptz", "time"):
        return f"{'TIME' if kind.family == 'time' else 'DATETIME'}({6 if size is None else size})"
    if kind.family == "bits":
        fixed = kind.base == "bit" and (size or 1) <= 64
        return f"BIT({size or 1})" if fixed else f"VARCHAR({min(size or 255, _MAX_VARCHAR)})"
    keyed_blob = keyed and kind.family == "binary"
    return "VARBINARY(255)" if keyed_blob else _TYPES[kind.family]


def _decimal(arguments: tuple[int, ...]) -> str:
    """MySQL's decimals end at 65 digits, 30 of them after the point."""
    if not arguments:
        return "DECIMAL(65,30)"
    scale = min(max(arguments[1] if len(arguments) > 1 else 0, 0), 30)
    return f"DECIMAL({min(max(arguments[0], scale), 65)},{scale})"


def string(text: str) -> str:
    """A string literal; MySQL reads backslashes in it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
