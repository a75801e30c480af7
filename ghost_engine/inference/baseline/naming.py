"""Names for what repeats without a label: by its place in the block and by what its values are.

Parts of blocks go in, fields come out. A field whose label stands nowhere is marked so; its name
says no more than what can be seen: a title, a person, an address, a date.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.people import are_people, is_person
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.sets import says_states
from ghost_engine.inference.baseline.slots import Part
from ghost_engine.inference.baseline.texts import Text, union_box
from ghost_engine.inference.baseline.vocabulary import is_moment, kind_of_value

MOST = 0.6
OFTEN, OFTEN_WORDS = 0.2, 0.3  # of the blocks
MIN_SAME = 4
WORDS = ("text", "below", "beside")
OPEN_LABELS = ("Person", "Subtitle", "Category", "Number")  # named when the table's name is known
_POSITION = re.compile(r"(\S.{1,40}?) (?:at|@) ([A-Z0-9].+)")
LONG_WORDS = 7
SENTENCE_WORDS = 4
_PER = re.compile(r"(?:/|\d )\s?[^\W\d_]+$")  # "€142 night", "$9/mo"
_SENTENCE = re.compile(r"[^\W\d_]{2}[.!?](?: |$)")
_ADDRESS = re.compile(
    r"\d{1,5}[a-z]?,? (?:\S+ ){1,3}\S+"
    r"|\S.*(?:stra(?:ß|ss)e|str\.|weg|platz|street|road|avenue|lane) ?\d{0,4}[a-z]?"
    r"|(?:calle|avenida|plaza|rue|avenue|boulevard|place) .*",
    re.IGNORECASE,
)

KIND_LABELS = {
    "email": "Email",
    "phone": "Phone",
    "url": "Website",
    "money": "Amount",
    "percent": "Progress",
    "date": "Date",
    "timestamp": "Created at",
    "time": "Time",
    "interval": "Duration",
    "quantity": "Quantity",
    "integer": "Count",
    "decimal": "Value",
    "code": "Number",
    "chips": "Tags",
    "rating": "Rating",
    "reviews": "Review count",
    "from": "Starts on",
    "until": "Ends on",
    "begin": "Starts at",
    "end": "Ends at",
    "initials": "Assignee",
    "inet": "IP address",
    "uuid": "UUID",
    "color": "Color",
}


def name_fields(blocks: Sequence[Sequence[Part]]) -> tuple[Field, ...]:
    """One field a slot, those of the title first, then as they stand."""
    slots: dict[tuple[str, str], list[Text]] = defaultdict(list)
    shown: dict[tuple[str, str], str] = {}
    short = _short_forms(blocks)
    for parts in blocks:
        seen: dict[str, int] = defaultdict(int)
        for part in parts:
            if part.label:
                label = short.get(part.label.lower(), part.label)
                key = ("labelled", label.lower())
            else:
                seen[part.role] += 1
                label, key = "", (part.role, str(seen[part.role]))
            slots[key].append(part.text)
            shown.setdefault(key, label)
    fields: list[Field] = []
    for (role, number), texts in slots.items():
        label = shown[(role, number)]
        if label:
            fields.append(_field(label, texts, read=True))
        elif role == "title":
            fields.append(_title(texts))
        elif len(texts) >= max(2, _least(role) * len(blocks)) and not _is_said_by_all(role, texts):
            fields.append(_field(label_for(role, texts), texts, read=False))
    if any(parts and parts[0].role == "code" for parts in blocks):  # a number over the name
        fields.sort(key=lambda field: field.label != KIND_LABELS["code"])
    return _once([part for field in fields for part in _position(field, fields)])


def _least(role: str) -> float:
    """The share of blocks that say something, for it to be a field: words are said by chance."""
    return OFTEN_WORDS if role in WORDS else OFTEN


def _is_said_by_all(role: str, texts: Sequence[Text]) -> bool:
    """Whether words beside are the same in all blocks, as those of a button are."""
    return role == "beside" and len(texts) >= MIN_SAME and len({text.text for text in texts}) == 1


def _position(field: Field, fields: Sequence[Field]) -> tuple[Field, ...]:
    """What stands below people's names as "Buyer at Initech": their title and their company."""
    if field.read or not any(are_people(other.values) for other in fields if other is not field):
        return (field,)
    found = [_POSITION.fullmatch(value) for value in field.values]
    kept = [match for match in found if match is not None and not is_moment(match[1])]
    if len(kept) < max(2, MOST * len(found)):
        return (field,)
    title = replace(field, label="Title", values=tuple(match[1] for match in kept))
    return title, replace(field, label="Company", values=tuple(match[2] for match in kept))


def _short_forms(blocks: Sequence[Sequence[Part]]) -> dict[str, str]:
    """Labels that end as a shorter one does, no block having both: "Unit building", "Building"."""
    groups = [{part.label.lower() for part in parts if part.label} for parts in blocks]
    labels = {part.label.lower(): part.label for parts in blocks for part in parts if part.label}
    return {
        longer: labels[shorter]
        for longer in labels
        for shorter in labels
        if longer.endswith(f" {shorter}")
        and not any(longer in group and shorter in group for group in groups)
    }


def _field(label: str, texts: Sequence[Text], read: bool) -> Field:
    values = tuple(text.text for text in texts)
    return Field(label, values, union_box([text.box for text in texts]), read=read)


def _title(texts: Sequence[Text]) -> Field:
    """What a block is called by: a name of any sort, unless it is plainly a date or an address."""
    kind = Counter(kind_of_value(text.text) for text in texts).most_common(1)[0][0]
    if kind in KIND_LABELS and kind not in ("code", "integer"):
        return _field(KIND_LABELS[kind], texts, read=False)
    return _field("Name", texts, read=False)


def label_for(role: str, texts: Sequence[Text]) -> str:
    """What a slot without a label is called by its place and its values."""
    values = [text.text for text in texts]
    if role == "money" and _share(values, _PER.search) >= MOST:
        return "Price"
    if role in KIND_LABELS:
        return KIND_LABELS[role]
    if _share(values, is_person) >= MOST:
        return "Person"
    if _share(values, _is_prose) >= 0.5:
        return "Description"
    if _share(values, _ADDRESS.fullmatch) >= MOST:
        return "Address"
    if role == "beside":
        return "Status"
    if role == "chip" and len(set(values)) <= MOST * len(values):
        return "Status" if says_states(values) else "Type"
    if len(set(values)) > 0.7 * len(values):
        return "Subtitle"
    return "Status" if says_states(values) else "Category"


def _is_prose(value: str) -> bool:
    words = len(value.split())
    return words >= LONG_WORDS or (words >= SENTENCE_WORDS and bool(_SENTENCE.search(value)))


def _share(values: Sequence[str], test) -> float:  # type: ignore[no-untyped-def]
    return sum(bool(test(value)) for value in values) / max(1, len(values))


def _once(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Each label once: of two fields of one name the first keeps it, the other is dropped; what is
    called by its place or its form alone may be several things."""
    kept: dict[tuple[str, int], Field] = {}
    for number, field in enumerate(fields):
        several = not field.read and field.label in OPEN_LABELS
        kept.setdefault((field.label.lower(), number if several else 0), field)
    return tuple(kept.values())
