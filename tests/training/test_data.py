"""The data of a run: frozen whole, told in full, and apart from its source."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from ghost_engine import prompts
from ghost_engine.data.files.importing import import_file
from ghost_engine.data.pairs import read_pairs
from ghost_engine.data.quality import Sample
from ghost_engine.data.store import Store, open_store
from ghost_engine.errors import Cancelled, DatasetError
from ghost_engine.settings import get_settings
from ghost_engine.sql import postgres
from ghost_engine.training.config import TrainingConfig, load_preset
from ghost_engine.training.data import Frozen, freeze, read_frozen
from ghost_engine.training.holdout import hold_out

DATA = Path(__file__).resolve().parents[2] / "data"


def sql(number: int) -> str:
    return f"CREATE TABLE t{number} (id bigint PRIMARY KEY);"


def write_screen(path: Path, number: int) -> None:
    """A picture of blocks that looks like that of no other number."""
    drawn = random.Random(number)
    screen = Image.new("L", (160, 160), 255)
    for _ in range(20):
        x, y = drawn.randrange(150), drawn.randrange(150)
        ImageDraw.Draw(screen).rectangle((x, y, x + 30, y + 20), fill=drawn.randrange(200))
    path.parent.mkdir(parents=True, exist_ok=True)
    screen.save(path)


def pair(folder: Path, number: int, **more: Any) -> dict[str, Any]:
    write_screen(folder / f"shots/{number}.png", number)
    return {"id": f"p{number}", "image": f"shots/{number}.png", "sql": sql(number)} | more


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def config(dataset: Path | str, **values: Any) -> TrainingConfig:
    return TrainingConfig(dataset=str(dataset), **values)


def frozen(dataset: Path, run: Path, **values: Any) -> Frozen:
    """Frozen without asking PostgreSQL."""
    return freeze(config(dataset, **values), run, judge=False)


def ids(data: Frozen) -> tuple[set[str], set[str]]:
    train, validation = data.rows("train"), data.rows("validation")
    return {row["id"] for row in train}, {row["id"] for row in validation}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


# -- forms -----------------------------------------------------------------------------------------


def as_vision(folder: Path) -> Path:
    rows = [prompts.vision_row(each["image"], each["sql"]) for each in pairs(folder)]
    (folder / "vision.json").write_text(json.dumps(rows, indent=1), "utf-8")
    return folder / "vision.json"


def as_flat(folder: Path) -> Path:
    rows = [
        {
            "image_path": each["image"],
            "instruction": prompts.VISION_INSTRUCTION,
            "output": each["sql"],
        }
        for each in pairs(folder)
    ]
    return write_lines(folder / "flat.jsonl", rows)


def as_csv(folder: Path) -> Path:
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["image", "sql"])
        writer.writeheader()
        writer.writerows({"image": each["image"], "sql": each["sql"]} for each in pairs(folder))
    return folder / "table.csv"


def as_pairs(folder: Path) -> Path:
    return write_lines(folder / "pairs.jsonl", pairs(folder))


def pairs(folder: Path) -> list[dict[str, Any]]:
    return [pair(folder, number) for number in range(4)]


@pytest.mark.parametrize("write", [as_vision, as_flat, as_csv, as_pairs])
def test_every_form_of_a_vision_dataset_freezes_to_the_same_rows(
    write: Any, source: Path, run: Path
) -> None:
    data = frozen(write(source), run)

    rows = [*data.rows("train"), *data.rows("validation")]
    assert (data.train, data.validation) == (3, 1) and data.left_out == ()
    assert {row["sql"] for row in rows} == {sql(number) for number in range(4)}
    assert all(row["instruction"] == prompts.VISION_INSTRUCTION for row in rows)
    for row in rows:
        number = row["sql"].split()[2][1:]
        content = (source / f"shots/{number}.png").read_bytes()
        assert row["image"] == f"images/{hashlib.sha256(content).hexdigest()}.png"
        assert (data.folder / row["image"]).read_bytes() == content


def test_a_text_dataset_freezes_its_words(source: Path, run: Path) -> None:
    rows = [prompts.text_row(f"  Screen {number}.\n", sql(number)) for number in range(3)]
    (source / "dataset.json").write_text(json.dumps(rows), "utf-8")

    data = frozen(source / "dataset.json", run, phase="text")

    made = sorted([*data.rows("train"), *data.rows("validation")], key=lambda row: row["input"])
    assert [row["input"] for row in made] == ["Screen 0.", "Screen 1.", "Screen 2."]
    assert made[0].keys() == {"id", "instruction", "input", "sql"}
    assert made[0]["instruction"] == prompts.TEXT_INSTRUCTION
    assert not (data.folder / "images").exists()


def test_words_in_the_instruction_alone_are_the_description(source: Path, run: Path) -> None:
    write_lines(source / "d.jsonl", [{"instruction": "A shop's orders.", "output": sql(1)}])
    (row,) = frozen(source / "d.jsonl", run, phase="text").rows("train")
    assert (row["instruction"], row["input"]) == (prompts.TEXT_INSTRUCTION, "A shop's orders.")


# -- what is left out ------------------------------------------------------------------------------


def test_every_row_that_is_left_out_is_listed_with_its_line_and_reason(
    source: Path, run: Path
) -> None:
    good, twin = pair(source, 1), pair(source, 1, id="twin")
    (source / "shots/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    rows = [
        good,
        twin,
        pair(source, 2, sql="  "),
        pair(source, 3, image="shots/gone.png"),
        pair(source, 4, image="shots/broken.png"),
        pair(source, 5, sql="SELECT 1; -- <end_of_turn>"),
        {"id": "words", "instruction": "In words.", "output": sql(6)},
        pair(source, 7, image="../../etc/passwd.png"),
        pair(source, 8),
    ]

    data = frozen(write_lines(source / "d.jsonl", rows), run)

    assert ids(data) == ({"p1"}, {"p8"}) or ids(data) == ({"p8"}, {"p1"})
    told = {each.line: (each.id, each.code) for each in data.left_out}
    assert told == {
        2: ("twin", "identical"),
        3: ("p2", "no-answer"),
        4: ("p3", "missing-picture"),
        5: ("p4", "broken-picture"),
        6: ("p5", "chat-mark"),
        7: ("words", "other-phase"),
        8: ("line 8", "unreadable"),
    }
    reasons = {each.id: each.reason for each in data.left_out}
    assert reasons["twin"] == "It is the same as p1."
    assert reasons["p3"] == "Its screenshot shots/gone.png was not found."
    assert json.loads((data.folder / "manifest.json").read_text())["reasons"]["chat-mark"] == 1


@pytest.mark.parametrize(
    ("rows", "phase", "message", "hint"),
    [
        (
            "words",
            "vision",
            "holds screens in words (2), and the phase is vision.",
            "phase to text",
        ),
        ("pictures", "text", "holds screenshots (2), and the phase is text.", "phase to vision"),
    ],
)
def test_a_dataset_of_the_other_phase_is_refused_in_so_many_words(
    rows: str, phase: Any, message: str, hint: str, source: Path, run: Path
) -> None:
    words = [{"instruction": "Say.", "input": f"{n}", "output": sql(n)} for n in range(2)]
    given = words if rows == "words" else [pair(source, number) for number in range(2)]
    write_lines(source / "d.jsonl", given)

    with pytest.raises(DatasetError) as told:
        frozen(source / "d.jsonl", run, phase=phase)

    assert told.value.message.endswith(message) and hint in told.value.hint
    assert list(run.iterdir()) == []


def test_a_dataset_with_nothing_to_train_on_says_why_in_numbers(source: Path, run: Path) -> None:
    rows = [pair(source, number, image="no.png") for number in range(3)]
    write_lines(source / "d.jsonl", [*rows, pair(source, 4, sql=" ")])
    with pytest.raises(DatasetError) as told:
        frozen(source / "d.jsonl", run)
    assert (
        "of 4 examples 3 whose screenshot is missing, 1 without an answer. First, p0: Its"
        " screenshot no.png was not found." in told.value.message
    )
    assert told.value.hint == "Put the screenshots where the dataset says they are."


def test_a_dataset_that_is_not_there_is_refused(run: Path) -> None:
    with pytest.raises(DatasetError, match=r"The dataset nowhere\.json does not exist"):
        freeze(config("nowhere.json"), run)


# -- frozen is frozen ------------------------------------------------------------------------------


def test_what_is_frozen_needs_its_source_no_longer(source: Path, run: Path, tmp_path: Path) -> None:
    dataset = as_pairs(source)
    data = frozen(dataset, run)
    source.rename(tmp_path / "moved")

    again = frozen(dataset, run)

    assert again == data == read_frozen(run)
    assert len(again.rows("train")) == 3


def test_the_validation_rows_are_a_pairs_file_that_evaluation_reads(
    source: Path, run: Path
) -> None:
    data = frozen(as_pairs(source), run)
    (made,) = read_pairs(data.folder / "validation.jsonl")
    assert made.image_path(data.folder).is_file() and made.sql.startswith("CREATE TABLE")


def test_the_same_source_freezes_to_the_same_bytes(source: Path, tmp_path: Path) -> None:
    dataset = as_pairs(source)
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        data = frozen(dataset, tmp_path / name)
        files = sorted(each for each in data.folder.rglob("*") if each.is_file())
        made.append([(each.relative_to(data.folder), each.read_bytes()) for each in files])
    assert made[0] == made[1]


def test_a_run_is_not_frozen_again_for_other_settings(source: Path, run: Path) -> None:
    dataset = as_pairs(source)
    frozen(dataset, run)
    with pytest.raises(DatasetError, match="frozen for other settings: seed 3407, now 5"):
        frozen(dataset, run, seed=5)


def test_other_settings_that_do_not_touch_the_rows_are_no_matter(source: Path, run: Path) -> None:
    dataset = as_pairs(source)
    assert frozen(dataset, run) == frozen(dataset, run, rank=8, max_seq_length=2048)


@pytest.mark.parametrize("name", ["train.jsonl", "images", "manifest.json"])
def test_a_frozen_file_that_was_changed_is_noticed(name: str, source: Path, run: Path) -> None:
    data = frozen(as_pairs(source), run)
    path = data.folder / name
    victim = next(path.iterdir()) if path.is_dir() else path
    content = victim.read_bytes()
    victim.write_bytes(content[:-9] if name != "train.jsonl" else content.replace(b"t1", b"t9"))
    with pytest.raises(DatasetError, match="is not what was frozen"):
        read_frozen(run).rows("train")


def test_a_run_without_data_says_so(run: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read: No such file"):
        read_frozen(run)


def test_freezing_that_is_stopped_leaves_nothing(source: Path, run: Path) -> None:
    seen: list[str] = []
    with pytest.raises(Cancelled):
        freeze(
            config(as_pairs(source)),
            run,
            progress=lambda step: seen.append(step.phase),
            cancelled=lambda: "judging" in seen,
        )
    assert seen[:4] == ["reading"] * 4 and list(run.iterdir()) == []


def test_freezing_in_a_killed_process_leaves_no_half_dataset(source: Path, run: Path) -> None:
    dataset = as_pairs(source)
    code = (
        "import os, sys; from pathlib import Path; from ghost_engine.training import data, picking;"
        "from ghost_engine.training.config import TrainingConfig;"
        "data.drop_unused_pictures = lambda *_: os.kill(os.getpid(), 9);"
        "data.freeze(TrainingConfig(dataset=sys.argv[1]), Path(sys.argv[2]), judge=False)"
    )
    made = subprocess.run([sys.executable, "-c", code, str(dataset), str(run)], check=False)
    assert made.returncode == -9 and not (run / "dataset").exists()
    assert frozen(dataset, run).train == 3


def test_only_pictures_that_a_row_names_are_kept(source: Path, run: Path) -> None:
    rows = [pair(source, number, app="one" if number < 30 else "two") for number in range(34)]
    data = frozen(write_lines(source / "d.jsonl", rows), run, validation_limit=2)

    named = {row["image"] for part in ("train", "validation") for row in data.rows(part)}
    assert data.validation == 2 and [each.code for each in data.left_out] == ["surplus"] * 2
    assert {f"images/{each.name}" for each in (data.folder / "images").iterdir()} == named


def test_freezing_loads_no_torch(source: Path, run: Path) -> None:
    code = "import sys; from ghost_engine.training import data, sources, notices;"
    code += "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


# -- validation ------------------------------------------------------------------------------------


def sample(number: int, domain: str = "", answer: int | None = None) -> Sample:
    text = sql(number if answer is None else answer)
    return Sample(id=f"s{number}", sql=text, image_hash=f"{number:064x}", domain=domain)


def test_validation_takes_whole_domains(source: Path, run: Path) -> None:
    rows = [pair(source, number, domain=f"d{number % 10}") for number in range(40)]
    data = frozen(write_lines(source / "d.jsonl", rows), run)

    train, validation = ids(data)
    domains = {row["id"]: row["domain"] for row in rows}
    assert {domains[each] for each in train} & {domains[each] for each in validation} == set()
    assert len(train) + len(validation) == 40 and len(validation) == 4


def test_domains_come_from_the_pairs_file_beside_a_vision_dataset(source: Path, run: Path) -> None:
    rows = [pair(source, number, domain=f"d{number % 10}") for number in range(40)]
    write_lines(source / "pairs.jsonl", rows)
    vision = [prompts.vision_row(row["image"], row["sql"]) for row in rows]
    (source / "vision.json").write_text(json.dumps(vision), "utf-8")

    train, validation = ids(frozen(source / "vision.json", run))

    domains = {row["id"]: row["domain"] for row in rows}
    assert {domains[each] for each in train} & {domains[each] for each in validation} == set()


def test_screens_that_look_alike_stay_together(source: Path, run: Path) -> None:
    rows = []
    for number in range(12):
        rows.append(pair(source, number))
        twin = source / f"shots/{number}b.png"
        screen = Image.open(source / f"shots/{number}.png")
        screen.putpixel((0, 0), 7)
        screen.save(twin)
        rows.append(
            {"id": f"p{number}b", "image": f"shots/{number}b.png", "sql": sql(100 + number)}
        )

    _, validation = ids(frozen(write_lines(source / "d.jsonl", rows), run))

    assert validation and {f"{each.removesuffix('b')}b" for each in validation} <= validation


@pytest.mark.parametrize(
    ("count", "share", "limit", "expected"),
    [
        (1, 0.1, 64, (1, 0)),
        (2, 0.1, 64, (1, 1)),
        (5, 0.1, 64, (4, 1)),
        (9, 0.3, 64, (6, 3)),
        (100, 0.1, 64, (90, 10)),
        (100, 0.5, 20, (80, 20)),
        (100, 0.0, 64, (100, 0)),
        (100, 0.1, 0, (100, 0)),
    ],
)
def test_as_many_as_the_share_and_the_limit_say(
    count: int, share: float, limit: int, expected: tuple[int, int]
) -> None:
    samples = [sample(number) for number in range(count)]
    held = hold_out(samples, share=share, limit=limit, seed=1)
    assert (held.count("train"), held.count("validation")) == expected


def test_the_seed_decides_and_nothing_else() -> None:
    samples = [sample(number) for number in range(60)]
    first, same, other = (hold_out(samples, share=0.1, limit=9, seed=seed) for seed in (1, 1, 2))
    assert first == same and first.places != other.places


def test_one_application_alone_is_split_by_looks_and_it_is_said() -> None:
    held = hold_out([sample(number, "shop") for number in range(50)], share=0.1, limit=64, seed=1)
    assert held.count("validation") == 5 and not held.by_application


def test_two_large_domains_do_not_cost_half_the_examples() -> None:
    samples = [sample(number, f"d{number % 2}") for number in range(100)]
    held = hold_out(samples, share=0.1, limit=64, seed=1)
    assert held.count("train") == 90 and not held.by_application


def test_examples_that_all_belong_together_leave_no_validation() -> None:
    samples = [sample(number, answer=0) for number in range(20)]
    held = hold_out(samples, share=0.1, limit=64, seed=1)
    assert held.places == ("train",) * 20


def test_an_earlier_split_is_kept(source: Path, run: Path) -> None:
    rows = [pair(source, number) for number in range(12)]
    dataset = write_lines(source / "d.jsonl", rows)
    keys = [
        hashlib.sha256((source / f"shots/{number}.png").read_bytes()).hexdigest()
        for number in range(12)
    ]
    parts = ["test"] * 2 + ["validation"] * 3 + ["train"] * 7
    (source / "splits.json").write_text(json.dumps(dict(zip(keys, parts, strict=True))))

    data = frozen(dataset, run)

    assert ids(data)[1] == {"p2", "p3", "p4"} and data.train == 7
    assert [(each.id, each.code) for each in data.left_out] == [
        ("p0", "held-out"),
        ("p1", "held-out"),
    ]


# -- warnings --------------------------------------------------------------------------------------


def test_answers_that_do_not_run_are_trained_on_and_told(source: Path, run: Path) -> None:
    rows = [pair(source, number) for number in range(4)]
    rows[2]["sql"] = "CREATE TABLE t (id int AUTO_INCREMENT);"

    data = freeze(config(write_lines(source / "d.jsonl", rows), validation_share=0), run)

    (warning,) = [each for each in data.warnings if each.code == "does-not-run"]
    assert (warning.count, warning.examples) == (1, ("p2",)) and data.train == 4
    assert warning.message.startswith("1 of 4 answers do not run on PostgreSQL")
    assert "AUTO_INCREMENT" in warning.message
    assert data.manifest["answers"] == {"run": 3, "fail": 1, "not_judged": 0}


def test_without_postgresql_the_data_is_frozen_all_the_same(
    source: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.close()
    monkeypatch.setenv("GHOST_SANDBOX_DSN", "postgresql://nobody@127.0.0.1:9/none")
    get_settings.cache_clear()
    try:
        data = freeze(config(as_pairs(source)), run)
    finally:
        postgres.close()
        monkeypatch.undo()
        get_settings.cache_clear()
    (warning,) = [each for each in data.warnings if each.code == "not-judged"]
    assert warning.count == 4 and data.train == 3


def codes(data: Frozen) -> set[str]:
    return {str(each.code) for each in data.warnings} - {"not-judged"}


def test_what_a_person_should_know_is_told(source: Path, run: Path) -> None:
    rows = [pair(source, number, sql=sql(number % 3)) for number in range(12)]
    rows[0] |= {"instruction": "Draw me a schema.", "input": "A shop."}
    rows.append(pair(source, 1, id="torn", sql="CREATE TABLE other (\r\n id int);"))

    data = frozen(write_lines(source / "d.jsonl", rows), run)

    assert codes(data) == {
        "few-answers",
        "contradiction",
        "own-instruction",
        "line-ends",
        "words-unused",
        "no-validation",  # answers that are the same stay together
    }
    told = {each.code: each for each in data.warnings}
    assert told["own-instruction"].examples == ("p0",)
    assert set(told["contradiction"].examples) == {"p1", "torn"}
    assert data.manifest["prompt_versions"] == {prompts.VERSION: 12, "own": 1}
    assert all("\r" not in row["sql"] for row in data.rows("train"))


def test_screens_of_unknown_domains_may_flatter_and_it_is_said(source: Path, run: Path) -> None:
    assert codes(frozen(as_pairs(source), run)) == {"no-domains"}


def test_a_sound_dataset_has_nothing_to_tell(source: Path, run: Path) -> None:
    rows = [pair(source, number, domain=f"d{number % 10}") for number in range(20)]
    assert codes(frozen(write_lines(source / "d.jsonl", rows), run)) == set()


# -- the store -------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store") as opened:
        yield opened


def approve(store: Store, count: int) -> list[int]:
    """Approve the first few with a text of the curator's own."""
    examples = list(store.iterate())[:count]
    for example in examples:
        store.decide(
            example.id,
            version=example.version,
            sql=example.sql + " -- seen",
            decision="approved",
            reviewer="ana",
        )
    return [example.id for example in examples]


def test_the_store_gives_what_was_approved_in_the_text_in_force(
    source: Path, run: Path, store: Store
) -> None:
    import_file(store, as_pairs(source))
    approved = approve(store, 3)

    data = freeze(config("store"), run, store=store)

    rows = [*data.rows("train"), *data.rows("validation")]
    assert {row["id"] for row in rows} == {str(each) for each in approved}
    assert all(row["sql"].endswith("-- seen") for row in rows)
    assert {row["image"].split("/")[1].split(".")[0] for row in rows} == {
        store.get(each).screenshot.key for each in approved
    }


def test_a_store_without_an_approved_example_says_what_to_do(
    source: Path, run: Path, store: Store
) -> None:
    import_file(store, as_pairs(source))
    with pytest.raises(DatasetError, match="The store holds no approved example") as told:
        freeze(config("store"), run, store=store)
    assert "Approve some in Curate" in told.value.hint


def test_without_a_store_in_hand_the_one_of_the_settings_is_read(run: Path) -> None:
    with pytest.raises(DatasetError, match="The store holds no approved example"):
        freeze(config("store"), run)


def test_a_picture_that_the_store_lost_is_told(source: Path, run: Path, store: Store) -> None:
    import_file(store, as_pairs(source))
    first, second, _ = approve(store, 3)
    store.picture_path(store.get(first).screenshot).unlink()
    store.picture_path(store.get(second).screenshot).write_bytes(b"\x89PNG other")

    data = freeze(config("store"), run, store=store)

    assert {(each.id, each.code) for each in data.left_out} == {
        (str(first), "broken-picture"),
        (str(second), "broken-picture"),
    }


# -- the shipped sets ------------------------------------------------------------------------------


def test_the_shipped_screens_freeze_without_a_loss(run: Path) -> None:
    data = freeze(load_preset("t4"), run, judge=False)
    assert data.train + data.validation == 287 and data.left_out == ()
    assert 20 <= data.validation <= 40 and codes(data) == set()


def test_the_shipped_texts_freeze_without_a_loss(run: Path) -> None:
    data = freeze(load_preset("text"), run, judge=False)
    assert data.train + data.validation == 80 and data.left_out == () and codes(data) == set()
