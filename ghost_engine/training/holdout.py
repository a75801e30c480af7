"""Which examples are kept for validation: whole groups of `ghost_engine.data.splits`, never rows.

Applications, domains and screens that look alike stay on one side. Where that would hold out far
more than was asked for, or nothing, applications and domains are let go and it is said; looks and
answers never are. The same samples and seed give the same parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ghost_engine.data.quality import Sample
from ghost_engine.data.splits import Part, split

Place = Literal["train", "validation", "test", "surplus"]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Where each sample goes, in their order.

    `test` are those that an earlier split keeps for testing, `surplus` what a group holds beyond
    the limit: to train on them would leak. `by_application` is False where the same applications
    are on both sides. `wanted` is how many validation examples were asked for.
    """

    places: tuple[Place, ...]
    wanted: int
    by_application: bool = True

    def count(self, place: Place) -> int:
        return self.places.count(place)


def hold_out(
    samples: Sequence[Sample],
    *,
    share: float,
    limit: int,
    seed: int,
    previous: Mapping[str, Part] | None = None,
) -> HeldOut:
    """Choose the validation examples.

    Args:
        samples: with `image_hash`, and `phash` where there is a picture.
        share: of the examples; at least one where there are two, and never more than half.
        limit: at most so many examples.
        seed: another one, another choice.
        previous: a split made before; what it keeps for validation or test stays out of training.
    """
    keys = {sample.image_hash for sample in samples}
    was = {key: part for key, part in (previous or {}).items() if key in keys}
    tested = sum(was.get(sample.image_hash) == "test" for sample in samples)
    free = len(samples) - tested
    wanted = min(limit, max(1, round(free * share)), free // 2) if share > 0 else 0
    parts, by_application = _placed(samples, wanted, tested, seed, was), True
    if wanted and "validation" not in parts.values():
        among = [sample for sample in samples if parts[sample.image_hash] == "train"]
        room = max(2 * wanted, wanted + 2, round(2 * free * share))
        fresh, by_application = _fresh(among, wanted, room, seed)
        parts = {**parts, **fresh}
    places: list[Place] = [parts[sample.image_hash] for sample in samples]
    trimmed = _trimmed(samples, places, limit if wanted else 0, seed)
    return HeldOut(tuple(trimmed), wanted, by_application)


def draw(seed: int, name: str) -> str:
    """A place in an order that the seed alone decides."""
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()


def _placed(
    samples: Sequence[Sample], wanted: int, tested: int, seed: int, was: Mapping[str, Part]
) -> Mapping[str, Part]:
    """By the split made before; without one, everything is for training."""
    if not was:
        return {sample.image_hash: "train" for sample in samples}
    rest = len(samples) - tested - wanted
    shares: dict[Part, float] = {"train": rest, "validation": wanted, "test": tested}
    return split(samples, shares=shares, seed=seed, previous=was).parts


def _fresh(
    samples: Sequence[Sample], wanted: int, room: int, seed: int
) -> tuple[Mapping[str, Part], bool]:
    """A split of its own, and whether applications and domains stayed whole.

    They do where that takes at most `room` examples out of training.
    """
    shares: dict[Part, float] = {"train": max(0, len(samples) - wanted), "validation": wanted}
    nameless = [replace(each, domain="", app="") for each in samples]
    for among in (samples, nameless):
        parts = split(among, shares=shares, seed=seed).parts
        count = sum(parts[each.image_hash] == "validation" for each in among)
        if 0 < count <= room and count < len(samples):
            return parts, among is samples
    return {}, True


def _trimmed(
    samples: Sequence[Sample], places: Sequence[Place], limit: int, seed: int
) -> list[Place]:
    """At most `limit` for validation; who stays is drawn."""
    held = [place for place, part in enumerate(places) if part == "validation"]
    held.sort(key=lambda place: draw(seed, samples[place].id))
    trimmed = list(places)
    for place in held[limit:]:
        trimmed[place] = "surplus"
    return trimmed
