"""What a block is called by where its top is a number or a moment."""

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.facts import split_facts, timed
from ghost_engine.inference.baseline.naming import name_fields
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.slots import read_parts
from ghost_engine.inference.baseline.texts import Look, Text
from ghost_engine.inference.baseline.unlabelled import name_unlabelled

PLAIN, LIGHT = Look(size=14.0, weight=0.25), Look(size=14.0, weight=0.1)


def block(*rows: tuple[str, ...], look: Look = PLAIN) -> Block:
    texts = []
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            box = (150 * place, 30 * number, 150 * place + 7 * len(text), 30 * number + 18)
            texts.append(Text(text, box, look=look if number else PLAIN))
    return Block((0, 0, 400, 30 * len(rows)), tuple(texts))


def fields(*blocks: Block) -> dict[str, tuple[str, ...]]:
    return {field.label: field.values for field in name_fields(read_parts(blocks))}


TASKS = ("Fix the login page", "Paint the fence", "Call the plumber")


def test_the_words_below_a_number_are_the_name() -> None:
    found = fields(*(block((f"#AB-{n}",), (task,)) for n, task in enumerate(TASKS, 1)))

    assert found == {"Number": ("#AB-1", "#AB-2", "#AB-3"), "Name": TASKS}


def test_a_person_below_a_number_is_no_name_of_what_is_numbered() -> None:
    people = ("Karla Jensen", "Grace Taylor", "Peter Brandt")
    found = fields(*(block((f"#104{n}",), (who,)) for n, who in enumerate(people)))

    assert found["Name"] == ("#1040", "#1041", "#1042")


def test_a_light_remark_below_a_number_is_no_name() -> None:
    found = fields(*(block((f"#AB-{n}",), (t,), look=LIGHT) for n, t in enumerate(TASKS)))

    assert found["Name"] == ("#AB-0", "#AB-1", "#AB-2")


def test_a_day_and_a_span_of_times_stand_over_a_name() -> None:
    days = ("Mon, 24 Nov", "Tue, 25 Nov", "Wed, 26 Nov")
    found = fields(
        *(block((d,), ("9:00am - 9:30am",), (t,)) for d, t in zip(days, TASKS, strict=True))
    )

    assert found["Date"] == days
    assert found["Name"] == TASKS
    assert (found["Starts at"][0], found["Ends at"][0]) == ("9:00am", "9:30am")


def test_a_row_of_buttons_is_no_part_of_a_block() -> None:
    found = fields(*(block((task,), ("Cancel", "Edit")) for task in TASKS))

    assert found == {"Name": TASKS}


def test_times_and_counts_are_told_apart_in_one_text() -> None:
    assert timed("9:00 – 10:30") == ("9:00", "10:30")
    assert timed("12 - 14 guests") is None
    counts = Text("9 devices, 2 automations", (0, 0, 200, 18))
    assert [fact.text for fact in split_facts(counts)] == ["9 devices", "2 automations"]


def test_tasks_belong_to_the_projects_that_the_application_lists() -> None:
    name = Field("Name", TASKS, (0, 0, 9, 9), read=False)

    found = name_unlabelled((name,), "task", frozenset({"project"}))

    assert [field.target for field in found] == ["", "project"]
    assert name_unlabelled((name,), "task", frozenset()) == (name,)
