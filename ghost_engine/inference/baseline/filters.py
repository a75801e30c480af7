"""Forms over a list ask what to list: their fields are its columns, unless they only seek."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.regions import Field, Region

MIN_LIST = 3  # records
SOUGHT = ("keyword", "keywords", "search", "query", "find", "contains")
RANGES = ("from", "to", "until", "since", "after", "before", "min", "max")
_BY = re.compile(r"by (\S.*)", re.I)


def as_facets(record: Region) -> Region:
    """A filter, where all labels say by what to filter a list: "By status" over its states."""
    labels = [_BY.fullmatch(field.label) for field in record.fields]
    if record.kind not in ("detail", "list") or not labels or not all(labels):
        return record
    fields = tuple(
        replace(field, label=label[1].capitalize(), values=())
        for field, label in zip(record.fields, labels, strict=True)
        if label
    )
    return replace(record, kind="filter", fields=fields)


def as_filter(region: Region, regions: Sequence[Region]) -> Region:
    """A form beside a list asks what to list where it is mostly empty, or names the list's own
    columns: its fields are the list's."""
    filled = sum(bool(field.values) for field in region.fields)
    labels = {field.label.lower() for field in region.fields}
    lists = [
        other
        for other in regions
        if other.kind == "table"
        and all(field.control == "none" for field in other.fields)
        and (
            max(len(field.values) for field in other.fields) >= MIN_LIST
            or _adds_to(labels, region, other)
        )
    ]
    columns = {field.label.lower() for other in lists for field in other.fields}
    own = sum(field.label.lower() in columns for field in region.fields)
    asks = filled < 0.6 * len(region.fields) or 2 * own >= len(region.fields)
    if region.kind != "form" or not lists or not asks:
        return region
    fields = region.fields
    if not any(_adds_to(labels, region, other) for other in lists):
        told = (field for field in fields if field.label.lower() in columns or not _seeks(field))
        fields = tuple(told) or fields
    return replace(region, kind="filter", fields=fields)


def _seeks(field: Field) -> bool:
    """Whether an input of a filter is no column: an empty one takes words to look for, others an
    end of a range."""
    words = re.findall(r"[^\W\d_]+", field.said.lower()) or [""]
    empty = field.control == "input" and not field.values
    return empty or words[0] in SOUGHT or words[-1] in RANGES


def _adds_to(labels: set[str], form: Region, table: Region) -> bool:
    """Whether a form over a short list asks for what its rows hold: the next of them."""
    shared_labels = sum(field.label.lower() in labels for field in table.fields)
    below = form.box[3] <= table.box[1]
    return below and 2 * shared_labels >= len(labels) and any(f.values for f in table.fields)
