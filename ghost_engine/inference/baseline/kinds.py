"""What kind of data a field holds, and the PostgreSQL type for it, from values and label together.

Values weigh more than the label: a label is asked where the values are few or plain text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.texts import EMPTY
from ghost_engine.inference.baseline.vocabulary import kind_of_value, load_vocabulary

TYPES = {
    "money": "numeric(12,2)",
    "timestamp": "timestamptz",
    "date": "date",
    "time": "time",
    "interval": "interval",
    "cidr": "cidr",
    "inet": "inet",
    "uuid": "uuid",
    "percent": "numeric(5,2)",
    "boolean": "boolean",
    "integer": "integer",
    "bigint": "bigint",
    "decimal": "numeric",
    "quantity": "numeric",
    "tags": "text[]",
}
NUMBERS = {"money", "integer", "decimal", "percent", "quantity"}
MAX_CHOICES = 12
MAX_CHOICE_LETTERS = 30

_CURRENCY = re.compile(r"[$€£¥₹₽₩]|\b(?:USD|EUR|GBP|CHF|CAD|AUD|INR|JPY|kr|zł)\b")
_UNIT = re.compile(r"\d\s*([A-Za-z%µ°]{1,10})\.?$")


@dataclass(frozen=True, slots=True)
class Kind:
    """`type` is PostgreSQL's; `choices` are the values a CHECK allows; `note` names units."""

    name: str
    type: str
    reason: str
    confidence: float
    choices: tuple[str, ...] = ()
    note: str = ""


def infer_kind(field: Field) -> Kind:
    """The kind of one field; plain text where nothing says more."""
    values = [value for value in field.values if value and value != EMPTY]
    by_label, by_values, share = kind_of_label(field.said), *_kind_of_values(values)
    if field.control == "checkbox":
        return _kind("boolean", "a checkbox", 0.9, values)
    if field.control == "several":
        return _kind("tags", "several of a set may be ticked", 0.7, values)
    if field.control == "day":
        return _kind("date", "the input asks for a day", 0.9, values)
    if field.control == "moment":
        return _kind("timestamp", "a date and a time", 0.9, values)
    if field.control == "textarea" and by_values == "text":
        return _kind("longtext", "a text area", 0.8, values)
    if values and by_values != "text":
        return _from_values(by_label, by_values, share, values)
    if by_label == "tags" and any(", " in value for value in values):
        return _kind("tags", "several words a value", 0.7, values)
    choices = _choices(field.said, values)
    if choices:
        return Kind("choice", "text", f"{len(choices)} values repeat", 0.8, choices)
    if by_label and (not values or by_label in ("email", "phone", "url", "longtext", "code")):
        return _kind(by_label, f'the label says "{field.label}"', 0.65, values)
    if by_label in ("date", "timestamp") and _unreadable(values):
        return _kind(by_label, f'the label says "{field.label}"', 0.5, values)
    reason = "the values are words" if values else "nothing says otherwise"
    return _kind("text", reason, 0.6 if values else 0.4, values)


def _unreadable(values: Sequence[str]) -> bool:
    """Whether most values mix letters and digits, as dates do that were read badly."""
    mixed = sum(bool(re.search(r"\d", value)) for value in values)
    return len(values) == 1 or mixed >= 0.6 * len(values)


def kind_of_label(label: str) -> str | None:
    """The kind a label suggests, or None."""
    for pattern, kind in load_vocabulary().label_kinds:
        if pattern.search(label.strip()):
            return kind
    return None


def _kind_of_values(values: Sequence[str]) -> tuple[str, float]:
    """The kind of most values and its share; "text" below six in ten."""
    if not values:
        return "text", 0.0
    kinds = Counter(kind_of_value(value) for value in values)
    kind, count = min(kinds.items(), key=lambda item: (-item[1], item[0]))
    if kinds["decimal"] and kinds["decimal"] + kinds["integer"] >= 0.6 * len(values):
        kind, count = "decimal", kinds["decimal"] + kinds["integer"]
    share = count / len(values)
    return (kind, share) if share >= 0.6 else ("text", 1.0)


def _from_values(by_label: str | None, by_values: str, share: float, values: list[str]) -> Kind:
    """Values decide, and the label settles what digits alone leave open."""
    kind, reason = by_values, f"{round(100 * share)} % of the values are of this form"
    if by_values in ("integer", "decimal") and by_label in ("money", "percent", "phone", "code"):
        kind, reason = by_label, "numbers under a label that says so"
    elif by_values == "phone" and by_label not in ("phone", None):
        kind, reason = "text", "digits that are no phone number"
    elif by_values == "date" and by_label == "timestamp":
        kind, reason = by_label, "dates under a label that means a moment"
    elif by_values == "timestamp" and by_label == "date":
        kind = "date" if not any(":" in value for value in values) else "timestamp"
    elif by_values == "quantity" and by_label in ("integer", "date", None):
        kind = "quantity"
    if kind == "integer" and any(len(re.sub(r"\D", "", value)) > 9 for value in values):
        kind = "bigint"
    return _kind(kind, reason, 0.6 + 0.3 * share, values)


def _kind(kind: str, reason: str, confidence: float, values: Sequence[str]) -> Kind:
    return Kind(
        kind, TYPES.get(kind, "text"), reason, round(confidence, 2), (), _note(kind, values)
    )


def _note(kind: str, values: Sequence[str]) -> str:
    """The currency or unit the values carry, when they carry one."""
    if kind not in ("money", "quantity"):
        return ""
    pattern = _CURRENCY if kind == "money" else _UNIT
    found = {match.group(match.lastindex or 0) for v in values if (match := pattern.search(v))}
    return f"in {found.pop()}" if len(found) == 1 else ""


def _choices(label: str, values: Sequence[str]) -> tuple[str, ...]:
    """The closed set a status-like field was seen with: two values at least."""
    distinct = tuple(dict.fromkeys(values))
    if not 2 <= len(distinct) <= MAX_CHOICES or label.lower() not in load_vocabulary().choices:
        return ()
    if any(len(value) > MAX_CHOICE_LETTERS for value in distinct):
        return ()
    repeated = len(distinct) <= max(2, 0.6 * len(values))
    return distinct if repeated else ()
