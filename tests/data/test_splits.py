"""Splits by groups: nothing that knows of the other side, and nothing that moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghost_engine.data.quality import Sample
from ghost_engine.data.splits import Part, leaks, read_splits, split, write_splits
from ghost_engine.errors import FileError

some = settings(max_examples=settings.default.max_examples // 4)


def made(number: int, domain: str = "", look: int | None = None, **changed: str) -> Sample:
    """A sample of its own SQL; `look` gives it a hash a few bits from others of that look."""
    phash = f"{(look * 0x9E3779B97F4A7C15) ** 4 % 2**256 ^ 1 << number % 4:064x}" if look else ""
    values = {"sql": f"CREATE TABLE t{number} ();", "image_hash": f"{number:064x}", **changed}
    return Sample(id=str(number), phash=phash, domain=domain, **values)


@st.composite
def datasets(draw: st.DrawFn) -> list[Sample]:
    count = draw(st.integers(1, 40))
    return [
        made(
            number,
            draw(st.sampled_from(["", "", "shop", "bank", "clinic", "school", "farm"])),
            draw(st.sampled_from([None, None, 11, 12, 13, 14])),
            app=draw(st.sampled_from(["", "", "", "erp", "crm"])),
            sql=draw(st.sampled_from(["", f"CREATE TABLE t{number} ();", "CREATE TABLE a ();"])),
        )
        for number in range(count)
    ]


@some
@given(datasets(), st.integers(0, 5))
def test_a_split_never_leaks_and_misses_nobody(samples: list[Sample], seed: int) -> None:
    done = split(samples, seed=seed)
    assert leaks(done.parts, samples) == ()
    assert done.parts.keys() == {sample.image_hash for sample in samples}
    assert sum(done.counts.values()) == len(samples)


@some
@given(datasets(), st.randoms())
def test_the_order_of_the_examples_does_not_matter(samples: list[Sample], chance: object) -> None:
    other = list(samples)
    chance.shuffle(other)  # type: ignore[attr-defined]
    assert split(samples).parts == split(other).parts


@some
@given(datasets(), datasets())
def test_more_examples_move_no_group_that_they_do_not_join(
    first: list[Sample], more: list[Sample]
) -> None:
    before = split(first)
    new = [
        made(1000 + number, f"new {sample.domain}" if sample.domain else "")
        for number, sample in enumerate(more)
    ]
    after = split([*first, *new], previous=before.parts)
    assert after.parts.items() >= before.parts.items() and after.moved == 0


@some
@given(datasets(), datasets())
def test_whatever_comes_later_nothing_leaks(first: list[Sample], more: list[Sample]) -> None:
    before = split(first)
    later = [made(1000 + n, each.domain, 11 + n % 4) for n, each in enumerate(more)]
    after = split([*first, *later], previous=before.parts)
    assert leaks(after.parts, [*first, *later]) == ()
    assert after.moved == sum(after.parts[key] != part for key, part in before.parts.items())


def test_shares_are_met_when_groups_are_small() -> None:
    done = split([made(number) for number in range(200)])
    assert done.counts == {"train": 160, "validation": 20, "test": 20}


def test_other_shares_are_met_and_a_part_not_asked_for_stays_empty() -> None:
    shares: dict[Part, float] = {"train": 3, "validation": 1}
    done = split([made(number) for number in range(80)], shares=shares)
    assert done.counts == {"train": 60, "validation": 20, "test": 0}


def test_every_part_gets_a_group_while_there_are_enough() -> None:
    domains = ["shop"] * 60 + ["bank"] * 39 + ["farm"]
    done = split([made(number, domain) for number, domain in enumerate(domains)])
    assert done.counts == {"train": 60, "validation": 39, "test": 1}
    assert done.largest_group == 0.6


def test_a_seed_gives_another_split() -> None:
    samples = [made(number) for number in range(50)]
    assert split(samples, seed=1) == split(samples, seed=1)
    assert split(samples, seed=1).parts != split(samples, seed=2).parts


def test_a_picture_that_links_two_parts_brings_them_together() -> None:
    bank, shop = made(1, "bank", 11), made(2, "shop", 12)
    before: dict[str, Part] = {bank.image_hash: "train", shop.image_hash: "test"}
    bridge = made(3, "bank", 12)
    after = split([bank, shop, bridge], previous=before)
    assert set(after.parts.values()) == {"test"}  # what was test stays unseen
    assert after.moved == 1


@pytest.mark.parametrize(
    ("pair", "kind"),
    [
        ([made(1, "shop"), made(2, "shop")], "domain"),
        ([made(1, app="erp"), made(2, app="erp")], "application"),
        ([made(1, look=11), made(2, look=11)], "near-duplicate screenshots"),
        ([made(1, sql="SELECT 1"), made(2, sql="SELECT 1 \n")], "identical SQL"),
    ],
)
def test_each_kind_of_leak_is_found(pair: Sequence[Sample], kind: str) -> None:
    parts: dict[str, Part] = {pair[0].image_hash: "train", pair[1].image_hash: "test"}
    (leak,) = leaks(parts, pair)
    assert (leak.kind, leak.parts) == (kind, ("train", "test"))


def test_a_split_is_written_and_read_with_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "splits.json"
    done = split([made(number) for number in range(10)])
    write_splits(path, done.parts)
    before = path.read_bytes()
    assert read_splits(path) == done.parts
    write_splits(path, dict(reversed(list(done.parts.items()))))
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["splits.json"]


def test_no_file_is_no_split_and_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "splits.json"
    assert read_splits(path) == {}
    for text in (json.dumps({"a": "dev"}), json.dumps(["a"]), '{"a": {}}', "{"):
        path.write_text(text)
        with pytest.raises(FileError, match=r"splits\.json"):
            read_splits(path)


def test_a_sample_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="sample 1 has no image_hash"):
        split([made(1, image_hash="")])


def test_senseless_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="shares are"):
        split([made(1)], shares={"train": -1, "test": 2})
