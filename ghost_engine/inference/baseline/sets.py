"""Closed sets told by their values alone: what chips say about a row.

"High, On track" on the cards of a board is a priority and a status, not two tags. The words of the
sets are in `unlabelled.toml`; what is in none of them stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.unlabelled import load_knowledge

MIN_HITS = 3
LEAST = 0.3  # of the rows
SOME_STATES = 0.3  # of the different values


def says_states(values: Sequence[str]) -> bool:
    """Whether chips say how far something is, where some of their words plainly do."""
    seen = {value.lower() for value in values}
    states = load_knowledge().states
    return sum(value in states for value in seen) >= SOME_STATES * len(seen)


def part_sets(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields, tags that are of known sets as fields of their own."""
    return tuple(
        part
        for field in fields
        for part in (_parted(field) if field.label == "Tags" and not field.read else (field,))
    )


def _parted(field: Field) -> Iterator[Field]:
    knowledge = load_knowledge()
    rows = [value.split(", ") for value in field.values]
    least = max(MIN_HITS, LEAST * len(rows))
    sets = {**knowledge.choices, "status": knowledge.states}
    for name, members in sets.items():
        hits = [word for row in rows for word in row if word.lower() in members]
        if len(hits) >= least and len(set(hits)) > 1:
            yield replace(field, label=name.capitalize(), values=tuple(hits))
            rows = [[word for word in row if word.lower() not in members] for row in rows]
    left = tuple(", ".join(row) for row in rows if row)
    if len(left) >= least or len(left) == len(rows):
        yield replace(field, values=left)
