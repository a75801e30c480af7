"""What a look at a dataset finds, one fault at a time and all together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ghost_engine import prompts
from ghost_engine.data.quality import CODES, Sample, Step, inspect
from ghost_engine.errors import Cancelled

Build = Callable[..., Sample]

GOOD = "CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2));"
MYSQL = "CREATE TABLE orders (\n  id INT AUTO_INCREMENT PRIMARY KEY\n);"


def codes(*samples: Sample) -> set[str]:
    return set(inspect(samples).counts())


def test_a_good_example_has_no_problems(sample: Build) -> None:
    report = inspect([sample(instruction=prompts.VISION_INSTRUCTION)])
    assert report.problems == ()
    assert (report.examples, report.executes, report.parses, report.unique_outputs) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        (MYSQL, "does-not-parse"),
        ("CREATE TABLE a (id int PRIMARY KEY, b datetime);", "does-not-execute"),
        (GOOD + "CREATE ROLE boss;", "refused"),
        ("CREATE EXTENSION postgis; CREATE TABLE a (b geometry);", "not-checked"),
        ("  \n", "no-table"),
        ("CREATE TYPE mood AS ENUM ('ok');", "no-table"),
        ("def add(a, b):\n    return a + b", "no-table"),
        (GOOD + "INSERT INTO orders VALUES (1, 2);", "insert-rows"),
        ("CREATE TABLE orders (total int);", "no-primary-key"),
        (GOOD + "CREATE TABLE taxes (id int PRIMARY KEY);", "orphan-table"),
        ("CREATE TABLE items (id int PRIMARY KEY);", "generic-name"),
        ("CREATE TABLE table1 (id int PRIMARY KEY);", "generic-name"),
        ("CREATE TABLE orders (id int PRIMARY KEY, field1 text);", "generic-name"),
        ("CREATE TABLE orders (id int PRIMARY KEY, col_a text);", "generic-name"),
    ],
)
def test_each_fault_of_the_sql_has_its_code(sample: Build, sql: str, code: str) -> None:
    assert code in codes(sample(sql))


def test_related_tables_and_telling_names_are_no_fault(sample: Build) -> None:
    sql = GOOD + "CREATE TABLE order_items (id int PRIMARY KEY, order_id int REFERENCES orders);"
    assert codes(sample(sql)) == set()


def test_an_error_is_placed_and_says_what_to_do(sample: Build) -> None:
    (finding,) = inspect([sample(MYSQL, id="the third")]).problems
    assert (finding.example, finding.line, finding.column) == ("the third", 2, 10)
    assert "AUTO_INCREMENT" in finding.message
    assert finding.remedy and finding.severity == "error"


def test_a_missing_picture_is_not_a_broken_one(sample: Build, tmp_path: Path) -> None:
    missing = Sample(id="a", sql=GOOD, declared="shots/a.png", image_hash="missing:1")
    assert codes(missing) == {"missing-image"}
    assert inspect([missing]).missing_images == 1
    torn = tmp_path / "torn.png"
    torn.write_bytes(Path(sample().image or "").read_bytes()[:300])
    assert codes(sample(image=torn)) == {"broken-image"}


def test_a_screen_in_words_needs_no_picture() -> None:
    words = Sample(id="a", sql=GOOD, description="A list of orders", image_hash="missing:2")
    assert codes(words) == set()


def test_one_picture_twice_is_a_duplicate_and_says_whether_the_answers_agree(sample: Build) -> None:
    first = sample(id="first")
    same = replace(first, id="same")
    other = replace(first, id="other", sql=GOOD.replace("orders", "bills"))
    report = inspect([first, same])
    assert report.duplicates == 1 and set(report.counts()) == {"duplicate-screenshot"}
    assert [each.message for each in report.problems] == [
        "The screenshot is also that of same, with the same SQL.",
        "The screenshot is also that of first, with the same SQL.",
    ]
    assert "with 2 answers" in inspect([first, other]).problems[0].message


def test_a_picture_saved_again_is_a_near_duplicate(sample: Build, tmp_path: Path) -> None:
    first = sample()
    again = tmp_path / "again.jpg"
    Image.open(first.image or "").save(again, quality=70)
    report = inspect([first, sample(image=again)])
    assert set(report.counts()) == {"near-duplicate-screenshot"}
    assert report.duplicates == 0


def test_one_answer_for_two_screens_is_suspicious(sample: Build) -> None:
    report = inspect([sample(), sample(GOOD + "\n"), sample(GOOD.replace("orders", "bills"))])
    assert report.counts() == {"identical-answer": 2}
    assert report.unique_outputs == 2


def test_what_does_not_fit_into_training_is_too_long(sample: Build) -> None:
    columns = ", ".join(f"customer_address_line_{number} text" for number in range(100))
    long = sample(f"CREATE TABLE orders (id int PRIMARY KEY, {columns});")
    assert inspect([long], context_tokens=1024).counts() == {"too-long": 1}
    assert inspect([long], context_tokens=4096).counts() == {}


def test_an_own_instruction_is_noted(sample: Build) -> None:
    assert codes(sample(instruction="Analyze the UI structure.")) == {"other-instruction"}
    assert codes(sample(instruction=prompts.TEXT_INSTRUCTION)) == set()


def test_totals_and_problems_are_the_contract_of_the_command(sample: Build) -> None:
    told = inspect([sample(), sample(MYSQL), sample(MYSQL)]).to_dict()
    assert (told["examples"], told["executes"], told["parses"]) == (3, 1, 1)
    assert (told["unique_outputs"], told["duplicates"], told["missing_images"]) == (2, 0, 0)
    assert {"code", "severity", "example", "message", "line", "column", "remedy"} <= told[
        "problems"
    ][0].keys()
    assert set(told["counts"]) <= CODES.keys()


def test_problems_come_in_the_order_of_the_examples(sample: Build) -> None:
    samples = [sample(sql, id=str(number)) for number, sql in enumerate([MYSQL, GOOD, MYSQL, ""])]
    order = [each.example for each in inspect(samples).problems]
    assert order == sorted(order) and set(order) == {"0", "2", "3"}


def test_progress_reaches_every_total(sample: Build) -> None:
    steps: list[Step] = []
    inspect([sample(), sample(MYSQL)], progress=steps.append)
    last = {step.phase: (step.done, step.total) for step in steps}
    assert last == {"screenshots": (2, 2), "SQL": (2, 2)}


def test_a_look_can_be_stopped(sample: Build) -> None:
    with pytest.raises(Cancelled, match="Stopped after 0 of 1 screenshots"):
        inspect([sample()], cancelled=lambda: True)


def test_known_hashes_spare_reading_the_picture(sample: Build, tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    known = sample(image=gone, image_hash="a" * 64, phash="b" * 64)
    assert codes(known) == set()
