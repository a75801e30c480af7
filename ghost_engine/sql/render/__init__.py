"""Other forms of a schema: Mermaid, Graphviz DOT, JSON and a drawing of our own in SVG.

In goes a `Schema`, out comes text. Nothing here runs SQL or promises that the text turns back into
the same schema, except the JSON, which `Schema.from_dict` reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ghost_engine.errors import GhostError
from ghost_engine.sql.render.dot import to_dot
from ghost_engine.sql.render.mermaid import to_mermaid
from ghost_engine.sql.render.svg import to_svg
from ghost_engine.sql.schema import Schema

__all__ = ["FORMS", "render", "to_dot", "to_json", "to_mermaid", "to_svg"]


def to_json(schema: Schema) -> str:
    """The schema as JSON, the same bytes for the same schema; `Schema.from_dict` reads it back."""
    return json.dumps(schema.to_dict(), indent=2, ensure_ascii=False) + "\n"


FORMS: Mapping[str, Callable[[Schema], str]] = MappingProxyType(
    {"mermaid": to_mermaid, "dot": to_dot, "json": to_json, "svg": to_svg}
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
