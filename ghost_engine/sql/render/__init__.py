"""Other forms of a schema: drawings, other databases' SQL, models, documents.

In goes a `Schema`, out comes text. Nothing here runs SQL or promises that the text turns back into
the same schema, except the JSON, which `Schema.from_dict` reads. `render.convert` goes from a
script to these forms and to those that need the live tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ghost_engine.errors import GhostError
from ghost_engine.sql.render.dbml import to_dbml
from ghost_engine.sql.render.django_models import to_django
from ghost_engine.sql.render.dot import to_dot
from ghost_engine.sql.render.json_schema import to_json_schema
from ghost_engine.sql.render.mermaid import to_mermaid
from ghost_engine.sql.render.mysql import to_mysql
from ghost_engine.sql.render.sqlite import to_sqlite
from ghost_engine.sql.render.svg import to_svg
from ghost_engine.sql.schema import Schema

__all__ = [
    "FORMS",
    "render",
    "to_dbml",
    "to_django",
    "to_dot",
    "to_json",
    "to_json_schema",
    "to_mermaid",
    "to_mysql",
    "to_sqlite",
    "to_svg",
]


def to_json(schema: Schema) -> str:
    """The schema as JSON, the same bytes for the same schema; `Schema.from_dict` reads it back."""
    return json.dumps(schema.to_dict(), indent=2, ensure_ascii=False) + "\n"


FORMS: Mapping[str, Callable[[Schema], str]] = MappingProxyType(
    {
        "mermaid": to_mermaid,
        "dot": to_dot,
        "json": to_json,
        "svg": to_svg,
        "dbml": to_dbml,
        "mysql": to_mysql,
        "sqlite": to_sqlite,
        "django": to_django,
        "jsonschema": to_json_schema,
    }
)


def render(schema: Schema, form: str) -> str:
    """The schema in one of `FORMS`.

    Raises:
        GhostError: the form is unknown; names those that are known.
    """
    try:
        writer = FORMS[form]
    except KeyError:
        raise GhostError(
            f"There is no form called {form!r}.", f"Known forms: {', '.join(FORMS)}."
        ) from None
    return writer(schema)
