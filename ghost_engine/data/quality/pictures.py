"""What can be said of an example's screenshot: is it there, does it decode, has another it too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ghost_engine.data.images import Picture, intake, read_picture_bytes
from ghost_engine.data.phash import NEAR, near_duplicates, perceptual_hash
from ghost_engine.data.quality.findings import Finding
from ghost_engine.data.quality.samples import Sample, content_hash
from ghost_engine.errors import ImageError

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """A sample whose picture was looked at: its hashes filled in, or what is wrong with it.

    The bytes that a dataset carried are let go.
    """

    sample: Sample
    fault: str = ""


def look(sample: Sample) -> Seen:
    """Fill in the hashes; a picture whose hashes are known already is not read again."""
    if not sample.has_picture or (sample.image_hash and sample.phash):
        return Seen(sample)
    try:
        data = _bytes(sample)
    except ImageError as error:
        return Seen(
            replace(sample, image_hash=sample.image_hash or f"broken:{sample.id}"), str(error)
        )
    light = replace(sample, image_hash=content_hash(data))
    try:
        picture = intake(data, sample.declared)
    except ImageError as error:
        return Seen(light, error.message)
    return Seen(replace(light, phash=perceptual_hash(picture.pixels)))


def open_picture(sample: Sample) -> Picture:
    """The decoded picture.

    Raises:
        ImageError: it cannot be read or decoded.
    """
    return intake(_bytes(sample), sample.declared)


def find(seen: Sequence[Seen]) -> Iterator[Finding]:
    """Missing, broken, duplicate and near-duplicate screenshots."""
    for each in seen:
        if each.sample.image_missing:
            message = f"{each.sample.declared} was not found."
            yield Finding("missing-image", each.sample.id, message)
        if each.fault:
            yield Finding("broken-image", each.sample.id, each.fault)
    samples = [each.sample for each in seen]
    yield from _duplicates(samples)
    yield from _near(samples)


def count_duplicates(samples: Sequence[Sample]) -> int:
    """Examples whose screenshot an earlier example has."""
    return sum(len(group) - 1 for group in _same_screen(samples).values())


def _bytes(sample: Sample) -> bytes:
    if sample.image_bytes is not None:
        return sample.image_bytes
    if sample.image is None:
        raise ImageError(f"{sample.declared or sample.id} has no picture.", "Import it again.")
    return read_picture_bytes(sample.image)


def _same_screen(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.image_hash:
            groups.setdefault(sample.image_hash, []).append(sample)
    return groups


def _duplicates(samples: Sequence[Sample]) -> Iterator[Finding]:
    for group in _same_screen(samples).values():
        answers = {each.sql.strip() for each in group}
        ending = "with the same SQL" if len(answers) == 1 else f"with {len(answers)} answers"
        for sample in group if len(group) > 1 else ():
            others = _others(sample.id, [each.id for each in group])
            message = f"The screenshot is also that of {others}, {ending}."
            yield Finding("duplicate-screenshot", sample.id, message)


def _near(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Files that differ and look alike; copies of one file are duplicates, and one of them here."""
    for places in near_duplicates([each.phash for each in samples], NEAR):
        group = [samples[place] for place in places]
        first: dict[str, str] = {}
        for sample in group:
            first.setdefault(sample.image_hash, sample.id)
        for sample in group if len(first) > 1 else ():
            others = _others(first[sample.image_hash], list(first.values()))
            message = f"The screenshot looks like that of {others}."
            yield Finding("near-duplicate-screenshot", sample.id, message)


def _others(own: str, ids: Sequence[str]) -> str:
    """The other `ids` than `own`, which is one of them; the first few by name."""
    shown = [each for each in ids[: _SHOWN + 1] if each != own][:_SHOWN]
    more = len(ids) - 1 - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
