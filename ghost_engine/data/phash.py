"""Screenshots that look alike: a perceptual hash, a distance, and clusters of near-duplicates.

A picture goes in, 64 hex digits come out that hardly change when it is saved or scaled another way.
Hashes go in, groups of near-duplicates come out, the same for the same hashes in the same order.
It does not promise to tell screens of one template with other data apart when little of them moves.

The usual perceptual hash keeps the 16 x 16 lowest frequencies of a discrete cosine transform; on
screens these are the layout alone. This one keeps the next band, frequencies 16 to 31 of 128
samples, where lines of text show. `benchmarks/near_duplicates.py` measured both, each at its best
limit, over 140 screenshots and five pages with other data:

    share within the limit                   usual, 14    this, 16
    same screen, other file or size          99 %         99 %      wanted
    same screen, one value changed           88 %         75 %      wanted
    same page, all values changed            52 %         2 %       not wanted
    120 generated screens of two templates   70 %         12 %      not wanted
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NEAR = 16  # bits of 256; measured, see above
MAX_LIMIT = 32  # beyond it the bands grow so short that everything is a candidate
HASH_BITS = 256

_SAMPLES = 128  # a side, for frequencies up to 31
_BAND = range(16, 32)
_CROWD = 32  # hashes with one band in common, above which pairs are no longer all listed

Bits = NDArray[np.uint8]
Words = NDArray[np.uint64]
Numbers = NDArray[np.int64]


def perceptual_hash(image: Image.Image) -> str:
    """The 256-bit hash of a picture, as 64 hex digits; a blank picture's is all zeros."""
    size = (_SAMPLES, _SAMPLES)
    grey = image.convert("L").resize(size, Image.Resampling.BOX)
    waves = _waves()
    # Rounded, so that what is zero but for the last digit is zero on every machine.
    strengths = (waves @ np.asarray(grey, np.float64) @ waves.T).round(3)
    return np.packbits(strengths > np.median(strengths)).tobytes().hex()


def distance(first: str, second: str) -> int:
    """How many bits two hashes differ in, 0 to 256."""
    return (int(first, 16) ^ int(second, 16)).bit_count()


def near_duplicates(hashes: Sequence[str], limit: int = NEAR) -> tuple[tuple[int, ...], ...]:
    """Groups of positions in `hashes` that look alike.

    Two belong together when they differ in at most `limit` bits, or through others that do. Each
    group has two members or more, in order; "" (no picture) is like nothing. Found by bands: with
    one band more than bits may differ, near hashes have a whole band in common (pigeonhole).

    Raises:
        ValueError: `limit` is not within 0 to `MAX_LIMIT`, or a hash is no 64 hex digits.
    """
    if not 0 <= limit <= MAX_LIMIT:
        raise ValueError(f"limit is {limit}; expected 0 to {MAX_LIMIT}")
    places: dict[str, list[int]] = {}
    for place, each in enumerate(hashes):
        if each:
            places.setdefault(each, []).append(place)
    labels = _labels(_bits(list(places)), limit)
    groups: dict[int, list[int]] = {}
    for label, same in zip(labels.tolist(), places.values(), strict=True):
        groups.setdefault(label, []).extend(same)
    return tuple(sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1))


@lru_cache(maxsize=1)
def _waves() -> NDArray[np.float64]:
    """(frequencies of the band, samples): the rows of a DCT-II."""
    samples = 2 * np.arange(_SAMPLES) + 1
    return np.cos(np.outer(np.array(_BAND), samples) * np.pi / (2 * _SAMPLES))


def _bits(hashes: Sequence[str]) -> Bits:
    """(hashes, 256) of 0 and 1."""
    wrong = next((each for each in hashes if len(each) != HASH_BITS // 4), None)
    if wrong is not None:
        raise ValueError(f"{wrong[:80]!r} is no hash of {HASH_BITS // 4} hex digits")
    data = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8)
    return np.unpackbits(data.reshape(-1, HASH_BITS // 8), axis=1)


def _labels(bits: Bits, limit: int) -> Numbers:
    """A number for each distinct hash; near-duplicates have the same."""
    words = np.ascontiguousarray(np.packbits(bits, axis=1).view(np.uint64).T)  # (4, hashes)
    labels = np.arange(len(bits))
    if len(bits) < 2:
        return labels
    bands = np.array_split(np.arange(HASH_BITS), limit + 1)
    keys = [bits[:, band] @ (1 << np.arange(len(band), dtype=np.int64)) for band in bands]
    if sum(map(_crowd_pairs, keys)) > 4 * len(bits) ** 2:
        # Screens of one template: to compare all once is quicker than their crowds one by one.
        everything = list(_near_in_crowd(labels, words, labels, limit))
        return _joined(labels, np.concatenate(everything, axis=1))
    for each in keys:
        found = list(_near_pairs(each, words, labels, limit))
        labels = _joined(labels, np.concatenate(found, axis=1))
    return labels


def _crowd_pairs(keys: Numbers) -> int:
    sizes = np.unique(keys, return_counts=True)[1]
    return int((sizes[sizes > _CROWD] ** 2).sum())


def _near_pairs(keys: Numbers, words: Words, labels: Numbers, limit: int) -> Iterator[Numbers]:
    """(2, pairs) of near hashes with the same key that are not in one group already."""
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    for start, size in zip(starts[sizes > _CROWD], sizes[sizes > _CROWD], strict=True):
        yield from _near_in_crowd(order[start : start + size], words, labels, limit)
    quiet = order[np.repeat(sizes <= _CROWD, sizes)]
    for step in range(1, _CROWD):
        first, second = quiet[:-step], quiet[step:]
        same = (keys[first] == keys[second]) & (labels[first] != labels[second])
        first, second = first[same], second[same]
        near = _far(words[:, first], words[:, second]) <= limit
        yield np.stack((first[near], second[near]))


def _near_in_crowd(
    members: Numbers, words: Words, labels: Numbers, limit: int
) -> Iterator[Numbers]:
    """Enough near pairs to join what belongs together; each member meets only those not joined."""
    left, left_words = members, words[:, members]
    waiting: list[int] = []
    while len(left):
        one = waiting.pop() if waiting else int(left[0])
        near = _far(left_words, words[:, one, None]) <= limit
        near |= labels[left] == labels[one]
        if not near.any():
            continue
        found, left, left_words = left[near], left[~near], left_words[:, ~near]
        waiting += found[found != one].tolist()
        yield np.stack((np.full_like(found, one), found))


def _far(first: Words, second: Words) -> NDArray[np.uint16]:
    far: NDArray[np.uint16] = np.bitwise_count(first ^ second).sum(axis=0, dtype=np.uint16)
    return far


def _joined(labels: Numbers, pairs: Numbers) -> Numbers:
    """`labels` after joining the groups of each pair."""
    from scipy.sparse import coo_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    size = len(labels)
    edges = labels[pairs]
    ones = np.ones(edges.shape[1], np.int8)
    graph = coo_array((ones, (edges[0], edges[1])), shape=(size, size))
    _, components = connected_components(graph, directed=False)
    return np.asarray(components[labels], np.int64)
