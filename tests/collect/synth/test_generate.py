"""Making pairs end to end: real Chromium, real PostgreSQL, a folder that survives being stopped."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ghost_engine.collect.chromium import find_chromium
from ghost_engine.collect.synth.domain import domain_names
from ghost_engine.collect.synth.generate import Advance, Order, generate
from ghost_engine.collect.synth.looks import frameworks
from ghost_engine.collect.synth.recipe import choose_recipe, draw
from ghost_engine.data.images import read_picture
from ghost_engine.data.pairs import read_pairs
from ghost_engine.errors import Cancelled, CaptureError, FileError
from ghost_engine.settings import get_settings
from ghost_engine.sql.validate import check

ORDER = Order(8, seed=5)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    steps: list[Advance] = []
    result = generate(ORDER, folder, progress=steps.append)
    assert (result.written, result.kept) == (8, 0)
    assert [step.done for step in steps] == list(range(1, 9))
    return folder


def test_every_pair_runs_is_unlike_the_others_and_marks_each_column(made: Path) -> None:
    pairs = read_pairs(made / "pairs.jsonl")

    assert len({pair.sql for pair in pairs}) == len(pairs) == 8
    for pair in pairs:
        schema = check(pair.sql).schema
        assert schema is not None, pair.id
        written = {(table.name, c.name) for table in schema.tables for c in table.columns}
        assert pair.columns is not None and pair.tables is not None
        assert written == {(column.table, column.column) for column in pair.columns}
        assert set(pair.tables) == set(schema.table_names)
        assert {column.visible for column in pair.columns} <= {"visible", "structural"}


def test_boxes_lie_inside_the_picture(made: Path) -> None:
    for pair in read_pairs(made / "pairs.jsonl"):
        picture = read_picture(pair.image_path(made))
        for column in pair.columns or ():
            if column.visible == "visible":
                assert column.box is not None
                x0, y0, x1, y1 = column.box
                assert 0 <= x0 < x1 <= picture.pixels.width
                assert 0 <= y0 < y1 <= picture.pixels.height


def test_a_run_that_was_stopped_comes_to_the_same_end(made: Path, tmp_path: Path) -> None:
    asked = iter([False, False, False, True])
    with pytest.raises(Cancelled):
        generate(ORDER, tmp_path, stopped=lambda: next(asked))
    with open(tmp_path / "pairs.jsonl", "a", encoding="utf-8") as file:
        file.write('{"id": "cut off in the mid')  # as a killed process leaves it

    again = generate(ORDER, tmp_path)

    assert (again.kept, again.written) == (3, 5)
    assert (tmp_path / "pairs.jsonl").read_bytes() == (made / "pairs.jsonl").read_bytes()
    for path in sorted((made / "images").iterdir()):
        assert (tmp_path / "images" / path.name).read_bytes() == path.read_bytes(), path.name


def test_it_runs_where_a_loop_is_running_already(tmp_path: Path) -> None:
    async def caller() -> int:
        return generate(Order(1, seed=2), tmp_path).written

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: asyncio.run(caller())).result() == 1


def test_a_folder_of_another_seed_is_refused(made: Path) -> None:
    with pytest.raises(FileError, match="another seed"):
        generate(Order(8, seed=6), made)


def test_a_finished_folder_is_left_as_it_is(made: Path) -> None:
    before = (made / "pairs.jsonl").read_bytes()
    assert generate(ORDER, made).written == 0
    assert (made / "pairs.jsonl").read_bytes() == before


def test_the_same_recipe_gives_the_same_page() -> None:
    recipes = [choose_recipe(3, number, 0, domain_names(), frameworks()) for number in range(12)]
    assert [draw(recipe).html for recipe in recipes] == [draw(recipe).html for recipe in recipes]
    assert len({draw(recipe).html for recipe in recipes}) == 12


def test_domains_take_turns() -> None:
    names = domain_names()
    drawn = [choose_recipe(3, n, 0, names, frameworks()).domain for n in range(2 * len(names))]
    assert sorted(drawn) == sorted([*names, *names])


def test_only_the_chosen_domains_are_used(tmp_path: Path) -> None:
    order = Order(3, seed=1, domains=("clinic",))
    made = generate(order, tmp_path)
    document = json.loads((tmp_path / "order.json").read_text("utf-8"))

    assert made.written == 3 and document["domains"] == ["clinic"]
    assert {pair.domain for pair in read_pairs(made.pairs)} == {"clinic"}


def test_a_missing_browser_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOST_CHROMIUM", "/nowhere/chromium")
    get_settings.cache_clear()
    with pytest.raises(CaptureError, match="GHOST_CHROMIUM"):
        find_chromium()
    monkeypatch.undo()
    get_settings.cache_clear()
