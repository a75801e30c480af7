"""From what the network thinks of texts to regions of fields.

Values go to the label they choose; values without one are put together by likeness, and fields that
stand in one place make a region.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.labels import is_action, is_required, plain_label
from ghost_engine.inference.baseline.reader.network import (
    MAX_TEXTS,
    Network,
    Understanding,
    load_network,
    understand,
)
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.texts import Text, union_box
from ghost_engine.inference.protocol import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MIN_TEXTS = 16  # fewer are a piece of a page
MIN_FIELDS = 2
CAPTION_REACH = 6  # heights between a heading and what it heads
SAME_PLACE = 0.5
SAME_FIELD = 0.5
MIN_NAME = 0.35

_TOLD = re.compile(r"^([^:]{2,40}):\s+(\S.*)$")
_RUN_ON = re.compile(r"^([^\W\d_][^\d@/:]{1,30}?)\s+(https?:\S+|\S+@\S+|[$€£]?\d[\d.,:/ -]*\S*)$")
_LABELS_OF_KINDS = {
    "email": "Email",
    "phone": "Phone",
    "url": "Website",
    "date": "Date",
    "datetime": "Created at",
    "time": "Time",
    "money": "Amount",
    "enum": "Status",
    "tags": "Tags",
    "percent": "Progress",
    "duration": "Duration",
    "year": "Year",
    "color": "Color",
    "long": "Description",
    "ref": "Category",
    "number": "Number",
    "count": "Count",
}
_OWN_NAMES = frozenset(
    ("Name", "Full name", "Title", "Subject", "Display name", "Id", "First name")
)
_KINDS_OF_REGIONS: dict[str, RegionKind] = {
    "table": "table",
    "form": "form",
    "detail": "detail",
    "cards": "cards",
    "kanban": "board",
    "calendar": "calendar",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of a page: regions top to bottom, the texts that name the page, the
    record it is about and the open navigation items; `sure` (0 to 1) is how like it is to pages
    that it knows."""

    sure: float
    regions: tuple[Region, ...]
    titles: tuple[Text, ...]
    records: tuple[Text, ...]
    active: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """One field to be: the numbers of its labels and values."""

    labels: tuple[int, ...]
    values: tuple[int, ...]

    @property
    def texts(self) -> tuple[int, ...]:
        return (*self.labels, *self.values)


def read_page(
    texts: Sequence[Text], controls: Sequence[Control], width: int, height: int
) -> Reading | None:
    """What the learned reader sees; None without its weights or with too few or many texts."""
    network = load_network()
    if network is None or not MIN_TEXTS <= len(texts) <= MAX_TEXTS:
        return None
    return decode(network, texts, understand(network, texts, controls, width, height))


def decode(network: Network, texts: Sequence[Text], seen: Understanding) -> Reading:
    """A reading, as the chances in `seen` have it."""
    groups = _fields(network, texts, seen)
    regions = (_region(network, texts, seen, each) for each in _places(groups, seen))
    found = [region for region in regions if region is not None]
    roles = [network.roles[int(best)] for best in seen.roles.argmax(axis=1)]

    def of(role: str) -> tuple[Text, ...]:
        return tuple(text for text, own in zip(texts, roles, strict=True) if own == role)

    return Reading(
        round(float(seen.roles.max(axis=1).mean()), 3),
        tuple(sorted(found, key=lambda region: (region.box[1], region.box[0]))),
        of("title"),
        of("record"),
        of("active"),
    )


def _fields(network: Network, texts: Sequence[Text], seen: Understanding) -> list[_Group]:
    role = seen.roles.argmax(axis=1)
    label, value = network.roles.index("label"), network.roles.index("value")
    labels = [n for n in range(len(texts)) if role[n] == label and not is_action(texts[n].text)]
    values = [n for n in range(len(texts)) if role[n] == value]
    owned: dict[int, list[int]] = {n: [] for n in labels}
    alone: list[int] = []
    for n in values:
        chosen = max(labels, key=lambda other: seen.labels[n, other], default=-1)
        if chosen >= 0 and seen.labels[n, chosen] > seen.labels[n, -1]:
            owned[chosen].append(n)
        else:
            alone.append(n)
    groups = [_Group((n,), tuple(mine)) for n, mine in owned.items()]
    groups += [_Group((), tuple(mine)) for mine in _clusters(alone, seen.same_field, SAME_FIELD)]
    return groups


def _clusters(members: Sequence[int], alike: Floats, limit: float) -> list[list[int]]:
    """Members put together while the average of two clusters is over `limit`."""
    made: list[list[int]] = []
    for n in members:
        scores = [float(alike[n, cluster].mean()) for cluster in made]
        best = max(range(len(made)), key=scores.__getitem__, default=-1)
        if best >= 0 and scores[best] > limit:
            made[best].append(n)
        else:
            made.append([n])
    return made


def _places(groups: Sequence[_Group], seen: Understanding) -> list[list[_Group]]:
    """The fields of each region: greedily joined by the mean chance of standing together."""
    made: list[list[_Group]] = []
    for group in groups:
        scores = [_together(group, place, seen) for place in made]
        best = max(range(len(made)), key=scores.__getitem__, default=-1)
        if best >= 0 and scores[best] > SAME_PLACE:
            made[best].append(group)
        else:
            made.append([group])
    return made


def _together(group: _Group, place: Sequence[_Group], seen: Understanding) -> float:
    others = [n for other in place for n in other.texts]
    return float(seen.same_place[list(group.texts)][:, others].mean())


def _region(
    network: Network, texts: Sequence[Text], seen: Understanding, groups: Sequence[_Group]
) -> Region | None:
    members = [n for group in groups for n in group.texts]
    shares = seen.regions[members].mean(axis=0)
    shares[network.regions.index("none")] = 0
    kind = network.regions[int(shares.argmax())]
    if kind == "tile":
        return None
    fields: dict[str, Field] = {}
    for group in sorted(groups, key=lambda group: min(texts[n].box[0] for n in group.texts)):
        field = _field(network, texts, seen, group)
        known = fields.get(field.label.lower())
        fields[field.label.lower()] = field if known is None else _joined(known, field)
    if len(fields) < MIN_FIELDS:
        return None
    kept = tuple(fields.values())
    sure = seen.roles[members].max(axis=1).mean() * seen.regions[members].max(axis=1).mean()
    box = union_box([field.box for field in kept])
    caption = _caption(network, texts, seen, box)
    return Region(_KINDS_OF_REGIONS[kind], kept, box, round(float(sure), 2), caption)


def _caption(network: Network, texts: Sequence[Text], seen: Understanding, box: Box) -> Text | None:
    """The nearest heading right above a region."""
    role = seen.roles.argmax(axis=1)
    above = [
        text
        for text, own in zip(texts, role, strict=True)
        if network.roles[own] == "caption"
        and -text.height < box[1] - text.box[3] < CAPTION_REACH * text.height
        and box[0] - CAPTION_REACH * text.height < text.box[0] < box[2]
    ]
    return max(above, key=lambda text: text.box[3], default=None)


def _joined(one: Field, other: Field) -> Field:
    """Two fields under the same label, as on every card."""
    return replace(one, values=one.values + other.values, box=union_box([one.box, other.box]))


def _field(network: Network, texts: Sequence[Text], seen: Understanding, group: _Group) -> Field:
    members = list(group.texts)
    box = union_box([texts[n].box for n in members])
    ordered = sorted(group.values, key=lambda n: (texts[n].center_y, texts[n].box[0]))
    values = tuple(texts[n].text for n in ordered if not texts[n].is_empty_mark)
    if not group.labels:
        label = _name(network, seen, members)
        return Field(label, values, box, read=False)
    shown = texts[group.labels[0]].text
    told = _TOLD.match(shown) or _RUN_ON.match(shown)
    if told:
        shown, values = told.group(1), (told.group(2), *values)
    return Field(plain_label(shown), values, box, required=is_required(shown))


def _name(network: Network, seen: Understanding, members: Sequence[int]) -> str:
    """What values without a label are called: a usual name, or their kind's."""
    names = seen.names[list(members)].mean(axis=0)
    best = int(names.argmax())
    if best and names[best] > MIN_NAME:
        name = network.names[best].removesuffix("_id").replace("_", " ").capitalize()
        return "Name" if name in _OWN_NAMES else name
    kind = network.kinds[int(seen.kinds[list(members)].mean(axis=0).argmax())]
    if kind in ("text", "ref") and seen.person[list(members)].mean() > 0.5:
        return "Name" if kind == "text" else "Person"
    return _LABELS_OF_KINDS.get(kind, "Name")
