"""What a column's name says it refers to: `customer_id` and `customer_name` speak of a customer."""

from __future__ import annotations

import re

from ghost_engine.sql.compare.names import Name, table_name

_KEY = re.compile(r"(?<=.)(?:_(?:id|uuid|fk)|(?<=[a-z0-9])(?:Id|ID))$")
# Words before a name that say another system's rows are meant.
_ELSEWHERE = frozenset(
    "external ext legacy remote foreign stripe paypal google facebook github apple".split()
)
_SHOWN = re.compile(r"(?<=.)_(?:name|title|label)$")


def key_stem(name: str) -> str | None:
    """`customer_id` -> `customer`; None for a name that does not say it is a key."""
    stem = _KEY.sub("", name)
    return stem if stem != name else None


def shown_stem(name: str) -> str:
    """`customer_name` -> `customer`; any other name as it is."""
    return _SHOWN.sub("", name)


def fit(stem: str, table: Name) -> int:
    """How surely a stem names a table.

    3: it is the table's name; 2: it ends with it (`billing_customer`); 1: the table's name ends
    with it (`room` and `lecture_rooms`), which is a guess; 0: no.
    """
    words = table_name(stem).words
    if words == table.words:
        return 3
    if words[-len(table.words) :] == table.words:
        return 0 if _ELSEWHERE & set(words) else 2
    return 1 if table.words[-len(words) :] == words else 0
