"""The learned reader: its weights, its decoding, and when it is believed."""

from __future__ import annotations

import importlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.learned import SURE, is_sure, learned_regions
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.reader.decode import Reading, decode, read_page
from ghost_engine.inference.baseline.reader.network import (
    MAX_TEXTS,
    WEIGHTS,
    Network,
    Understanding,
    load_network,
    understand,
)
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text

ROLES = ("other", "label", "value", "title", "record", "active", "caption")
SCRIPTS = Path(__file__).parents[3] / "scripts"
PAGE = (1200, 700)


def text(words: str, x: int, y: int, size: float = 14.0) -> Text:
    box = (x, y, x + 8 * len(words), y + 18)
    return Text(words, box, 0.99, Look(size, 0.3, (30, 30, 30), (255, 255, 255)))


def orders() -> tuple[Text, ...]:
    """A list of orders beside its navigation."""
    rows = [
        ["Number", "Customer", "Status", "Total"],
        ["A-101", "Ada Byrd", "Open", "$12.00"],
        ["A-102", "Tom Reed", "Paid", "$7.50"],
        ["A-103", "Joan Vale", "Open", "$99.00"],
        ["A-104", "Finn Moss", "Paid", "$18.25"],
    ]
    cells = [
        text(cell, 260 + 220 * column, 140 + 44 * row)
        for row, line in enumerate(rows)
        for column, cell in enumerate(line)
    ]
    menu = [text(words, 24, 100 + 40 * n) for n, words in enumerate(["Orders", "Customers"])]
    return (text("Orders", 260, 60, 26.0), *cells, *menu)


def seen(roles: list[str], owners: dict[int, int]) -> Understanding:
    """What a network that is right would say; `owners` has the label of each value."""
    count = len(roles)
    role = np.zeros((count, len(ROLES)), np.float32)
    role[range(count), [ROLES.index(each) for each in roles]] = 1
    labels = np.zeros((count, count + 1), np.float32)
    labels[:, count] = 1
    for value, label in owners.items():
        labels[value, [label, count]] = (1, 0)
    region = np.tile(np.array([0, 1], np.float32), (count, 1))
    one = np.ones((count, count), np.float32)
    name, some = np.ones((count, 1), np.float32), np.zeros(count, np.float32)
    return Understanding(role, region, name, name, some, some, labels, one, one)


NETWORK = Network({}, ROLES, ("none", "table"), ("money",), ("",), 1, 1)


def test_the_weights_that_ship_are_small_and_load() -> None:
    network = load_network()
    assert network is not None
    assert {"label", "value", "title"} <= set(network.roles)
    assert WEIGHTS.stat().st_size < 5_000_000


def test_a_list_is_read_from_its_texts_alone() -> None:
    reading = read_page(orders(), (), *PAGE)
    assert reading is not None
    (region,) = reading.regions
    assert region.kind == "table"
    assert {field.label: len(field.values) for field in region.fields} == {
        "Number": 4,
        "Customer": 4,
        "Status": 4,
        "Total": 4,
    }
    assert [title.text for title in reading.titles] == ["Orders"]


def test_a_page_twice_as_large_reads_the_same() -> None:
    large = tuple(
        replace(
            each,
            box=(2 * each.box[0], 2 * each.box[1], 2 * each.box[2], 2 * each.box[3]),
            look=replace(each.look, size=2 * each.look.size),
        )
        for each in orders()
    )
    one, two = read_page(orders(), (), *PAGE), read_page(large, (), 2400, 1400)
    assert one is not None and two is not None
    assert [r.fields[0].values for r in one.regions] == [r.fields[0].values for r in two.regions]
    assert abs(one.sure - two.sure) < 0.01


def test_pieces_of_a_page_and_walls_of_text_are_left_to_rules() -> None:
    assert read_page(orders()[:5], (), *PAGE) is None
    assert read_page(orders() * (MAX_TEXTS // len(orders()) + 1), (), *PAGE) is None


def test_without_its_file_there_is_no_reader(tmp_path: Path) -> None:
    assert load_network(tmp_path / "weights.npz") is None


@pytest.mark.parametrize("number", range(6))
def test_any_texts_are_read_without_an_error(number: int) -> None:
    chance = random.Random(number)
    texts = [
        text("".join(chance.choices("aé3$ .#", k=chance.randint(1, 30))), chance.randrange(900),
             chance.randrange(600), chance.choice((0.0, 9.0, 80.0)))
        for _ in range(40)
    ]  # fmt: skip
    controls = [Control("box", (5, 5, 5, 5)), Control("avatar", (0, 0, 40, 40))]
    reading = read_page(texts, controls, *PAGE)
    assert reading is not None and 0 <= reading.sure <= 1


def test_values_go_to_the_label_they_choose_and_others_make_a_field_of_their_own() -> None:
    texts = [text("Total", 0, 0), text("$1", 0, 40), text("$2", 0, 80), text("$3", 400, 40)]
    found = decode(NETWORK, texts, seen(["label", "value", "value", "value"], {1: 0, 2: 0}))
    (region,) = found.regions
    assert [(field.label, field.values, field.read) for field in region.fields] == [
        ("Total", ("$1", "$2"), True),
        ("Amount", ("$3",), False),
    ]


def test_a_label_that_runs_on_into_its_value_is_parted() -> None:
    texts = [text("Website https://a.example", 0, 0), text("Since 2014", 0, 40)]
    (region,) = decode(NETWORK, texts, seen(["label", "label"], {})).regions
    assert [(field.label, field.values) for field in region.fields] == [
        ("Website", ("https://a.example",)),
        ("Since", ("2014",)),
    ]


def test_a_heading_right_above_is_the_caption() -> None:
    texts = [text("Lines", 0, 0), text("Item", 0, 40), text("Price", 200, 40)]
    (region,) = decode(NETWORK, texts, seen(["caption", "label", "label"], {})).regions
    assert region.caption is not None and region.caption.text == "Lines"


def region_of(*fields: Field, kind: Any = "table") -> Region:
    return Region(kind, fields, (0, 0, 900, 400), 0.9)


def test_an_unsure_reading_is_not_believed() -> None:
    page, region = Page(900, 500, ()), region_of(Field("A", (), (0, 0, 9, 9)))
    assert is_sure(Reading(SURE, (region,), (), (), ()), page)
    assert not is_sure(Reading(SURE - 0.01, (region,), (), (), ()), page)
    assert not is_sure(Reading(SURE, (), (), (), ()), page)


def test_a_reading_that_takes_a_bar_for_data_is_not_believed() -> None:
    bar = tuple(Text(word, (100 * n, 10, 100 * n + 60, 30)) for n, word in enumerate("abcd"))
    reading = Reading(1.0, (region_of(Field("A", (), (0, 0, 9, 9))),), (), (), ())
    assert is_sure(reading, Page(900, 500, ()))
    assert not is_sure(reading, Page(900, 500, (), bar))


def test_the_sidebar_holds_no_data_and_controls_come_from_the_rules() -> None:
    menu, state = Field("Reports", (), (10, 0, 80, 20)), Field("State", (), (300, 0, 400, 20))
    strange = fields_of("Help", "Log out", "Next")
    ruled = region_of(replace(state, control="select", required=True), *strange, kind="form")
    reading = Reading(1.0, (region_of(menu, state),), (), (), ())
    (region,) = learned_regions(reading, [ruled], left=200)
    assert region.fields == (replace(state, control="select", required=True),)
    assert region.box == state.box


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("train_reader")


def write_screens(path: Path, count: int) -> None:
    """An archive as `reader_samples` writes it, of the orders again and again."""
    texts = orders()
    labels = ["Number", "Customer", "Status", "Total"]
    roles = ["title", *["label"] * 4, *["value"] * 16, "active", "nav"]
    fields = ["", *(f"{n}|text|{n.lower()}||" for n in labels * 5), "", ""]
    word = {
        "kind": "list",
        "framework": "plain",
        "texts": [each.text for each in texts],
        "roles": roles,
        "regions": ["table:main" if field else "" for field in fields],
        "fields": fields,
    }
    looks = [(e.look.size, e.look.weight, *e.look.ink, *e.look.ground) for e in texts]
    np.savez(
        path,
        words=np.frombuffer(json.dumps([word] * count).encode(), np.uint8),
        sizes=np.array([PAGE] * count),
        counts=np.array([(len(texts), 0)] * count),
        boxes=np.array([each.box for each in texts] * count),
        looks=np.array(looks * count),
        controls=np.zeros((0, 5)),
    )


def test_training_writes_weights_that_numpy_reads_as_torch_does(
    scripts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    write_screens(tmp_path / "train.npz", 2)
    out = tmp_path / "weights.npz"
    arguments = ["train", str(tmp_path / "train.npz"), str(tmp_path / "train.npz")]
    monkeypatch.setattr("sys.argv", [*arguments, "--out", str(out), "--epochs", "1"])
    scripts.main()
    network = load_network(out)
    assert network is not None and "customer" in network.names
    model = scripts.Reader().eval()
    model.load_state_dict({key: torch.tensor(value) for key, value in network.weights.items()})
    screen = scripts.Screen(scripts.load_samples(tmp_path / "train.npz")[0])
    with torch.no_grad():
        heads, links, _ = model(scripts.collate([scripts.sample_arrays(screen, {})]))
    found = understand(network, orders(), (), *PAGE)
    roles = heads[0, :, : len(network.roles)].softmax(-1).numpy()
    assert np.abs(found.roles - roles).max() < 1e-4
    both = (links[0, :, :, 1] + links[0, :, :, 1].T) / 2
    assert np.abs(found.same_field - both.sigmoid().numpy()).max() < 1e-4


def fields_of(*labels: str) -> tuple[Field, ...]:
    return tuple(Field(label, (), (90 * n, 0, 90 * n + 80, 20)) for n, label in enumerate(labels))


def test_where_rules_see_the_same_fields_theirs_are_kept_and_what_they_miss_is_added() -> None:
    ruled = region_of(*fields_of("First name", "Email", "Phone"), kind="form")
    seen = region_of(*fields_of("First", "Email", "Phone", "Has newsletter"))
    (region,) = learned_regions(Reading(1.0, (seen,), (), (), ()), [ruled])
    assert [field.label for field in region.fields] == [
        "First name",
        "Email",
        "Phone",
        "Has newsletter",
    ]


def test_where_rules_see_what_are_no_fields_the_reader_is_believed() -> None:
    ruled = region_of(*fields_of("Email", "Show all", "Next page", "Help"))
    seen = region_of(*fields_of("Email", "Phone"))
    (region,) = learned_regions(Reading(1.0, (seen,), (), (), ()), [ruled])
    assert [field.label for field in region.fields] == ["Email", "Phone"]
