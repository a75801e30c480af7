"""Train, validation and test by groups of examples that know of each other, never by row.

Examples of one application or domain, of screenshots that look alike, or with the same SQL are one
group and stay together. The same samples, shares and seed give the same split; given the split
they had before, groups that are in it stay where they are. A split is `splits.json`: screenshot
key -> train | validation | test. Shares are met as well as whole groups allow, and no
part that is asked for stays empty while there are groups enough.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from ghost_engine.data.phash import near_duplicates
from ghost_engine.data.quality.samples import Sample
from ghost_engine.errors import FileError

Part = Literal["train", "validation", "test"]
Kind = Literal["domain", "application", "near-duplicate screenshots", "identical SQL"]

PARTS: tuple[Part, ...] = get_args(Part)
DEFAULT_SHARES: Mapping[Part, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}


@dataclass(frozen=True, slots=True)
class Split:
    """Who goes where.

    `parts` is by screenshot key. `counts` and `reached` are in examples and their shares;
    `largest_group` is the largest group's share. `moved` counts screenshots that had to leave the
    part they were in, because what links them to another part is new.
    """

    parts: Mapping[str, Part]
    counts: Mapping[Part, int]
    groups: Mapping[Part, int]
    largest_group: float = 0.0
    moved: int = 0

    @property
    def reached(self) -> dict[Part, float]:
        total = sum(self.counts.values()) or 1
        return {part: self.counts[part] / total for part in PARTS}

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost data split`, without the file."""
        return {
            "examples": sum(self.counts.values()),
            "screenshots": len(self.parts),
            "counts": dict(self.counts),
            "groups": dict(self.groups),
            "shares": {part: round(share, 4) for part, share in self.reached.items()},
            "largest_group": round(self.largest_group, 4),
            "moved": self.moved,
        }


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that is in two parts or more: a domain, an application, a look, an answer."""

    kind: Kind
    what: str
    parts: tuple[Part, ...]


def split(
    samples: Sequence[Sample],
    *,
    shares: Mapping[Part, float] = DEFAULT_SHARES,
    seed: int = 1,
    previous: Mapping[str, Part] | None = None,
) -> Split:
    """Put every sample's screenshot into a part.

    Args:
        samples: examples whose `image_hash` and `phash` are filled in (`quality.pictures.look`).
        shares: what part of the examples each part is to get; scaled to a sum of 1.
        seed: another one gives another split of the same quality.
        previous: the split so far; its groups stay.

    Raises:
        ValueError: a share is negative, none is positive, or a sample has no key.
    """
    total = sum(shares.values())
    if total <= 0 or min(shares.values()) < 0:
        raise ValueError(f"shares are {dict(shares)}; expected none negative and one positive")
    wanted = {part: shares.get(part, 0) / total * len(samples) for part in PARTS}
    groups = _groups(samples)
    was = previous or {}
    placed: dict[str, Part] = {}
    filled: Counter[Part] = Counter()
    number: Counter[Part] = Counter()
    for turn, group in enumerate(sorted(groups, key=lambda each: _turn(each, seed, was))):
        takers = _open_parts(wanted, number, groups_left=len(groups) - turn)
        neediest: Part = max(takers, key=lambda each: wanted[each] - filled[each])
        part = _staying(group, was) or neediest
        placed.update((sample.image_hash, part) for sample in group)
        filled[part] += len(group)
        number[part] += 1
    return Split(
        parts=dict(sorted(placed.items())),
        counts={part: filled[part] for part in PARTS},
        groups={part: number[part] for part in PARTS},
        largest_group=max(map(len, groups), default=0) / max(1, len(samples)),
        moved=sum(placed.get(key, part) != part for key, part in was.items()),
    )


def leaks(parts: Mapping[str, Part], samples: Sequence[Sample]) -> tuple[Leak, ...]:
    """What is in more than one part, looked for afresh; a sound split has none.

    Samples whose screenshot is in no part are passed over.
    """
    inside = [sample for sample in samples if sample.image_hash in parts]
    named: dict[tuple[Kind, str], set[Part]] = {}
    for sample in inside:
        for link in _links(sample):
            named.setdefault(link, set()).add(parts[sample.image_hash])
    found = [Leak(kind, what, _sorted(seen)) for (kind, what), seen in named.items()]
    for places in near_duplicates([sample.phash for sample in inside]):
        alike = [inside[place] for place in places]
        ids = ", ".join(sample.id for sample in alike[:4])
        seen = {parts[sample.image_hash] for sample in alike}
        found.append(Leak("near-duplicate screenshots", ids, _sorted(seen)))
    return tuple(leak for leak in found if len(leak.parts) > 1)


def read_splits(path: Path) -> dict[str, Part]:
    """The parts of a `splits.json`; of a file that is not there, none.

    Raises:
        FileError: it cannot be read, or is no split.
    """
    try:
        told = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise FileError(
            f"{path} cannot be read: {error}.", "Move it away to split anew."
        ) from error
    if not isinstance(told, dict) or not all(part in PARTS for part in told.values()):
        raise FileError(
            f"{path} is no split: expected screenshot hashes with train, validation or test.",
            "Move it away to split anew.",
        )
    return told


def write_splits(path: Path, parts: Mapping[str, Part]) -> None:
    """Write `splits.json`, whole or not at all; the same split gives the same bytes.

    Raises:
        FileError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(dict(sorted(parts.items())), indent=1) + "\n", "utf-8")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise FileError(
            f"{path} cannot be written: {error.strerror or error}.", "Check the folder."
        ) from error


def _groups(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Samples joined by whatever they share: union-find over places."""
    roots = list(range(len(samples)))

    def root(place: int) -> int:
        while roots[place] != place:
            roots[place] = roots[roots[place]]
            place = roots[place]
        return place

    first: dict[tuple[str, str], int] = {}
    for place, sample in enumerate(samples):
        if not sample.image_hash:
            raise ValueError(f"sample {sample.id} has no image_hash")
        for link in (("screenshot", sample.image_hash), *_links(sample)):
            roots[root(place)] = root(first.setdefault(link, place))
    for places in near_duplicates([sample.phash for sample in samples]):
        for place in places[1:]:
            roots[root(place)] = root(places[0])
    groups: dict[int, list[Sample]] = {}
    for place, sample in enumerate(samples):
        groups.setdefault(root(place), []).append(sample)
    return list(groups.values())


def _links(sample: Sample) -> Iterator[tuple[Kind, str]]:
    """What a sample shares with those it must stay with, besides its looks."""
    if sample.domain:
        yield "domain", sample.domain
    if sample.app:
        yield "application", sample.app
    if sample.sql.strip():
        yield "identical SQL", sample.sql.strip()


def _turn(
    group: Sequence[Sample], seed: int, previous: Mapping[str, Part]
) -> tuple[bool, int, str]:
    """Those that stay come first, then large before small, then by the seed's draw."""
    name = min(sample.image_hash for sample in group)
    drawn = hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()
    return _staying(group, previous) is None, -len(group), drawn


def _staying(group: Sequence[Sample], previous: Mapping[str, Part]) -> Part | None:
    """Where most of the group was; of equals test, then validation: they must stay unseen."""
    keys = {sample.image_hash for sample in group}
    was = Counter(previous[key] for key in keys if key in previous)
    return max(was, key=lambda part: (was[part], PARTS.index(part)), default=None)


def _open_parts(
    wanted: Mapping[Part, float], number: Mapping[Part, int], groups_left: int
) -> list[Part]:
    """The parts that may take a group: the last ones are kept for parts that have none yet."""
    asked = [part for part in PARTS if wanted[part] > 0]
    empty = [part for part in asked if not number[part]]
    return empty if groups_left <= len(empty) else asked


def _sorted(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(set(parts), key=PARTS.index))
