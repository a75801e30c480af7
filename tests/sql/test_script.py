"""SQL is found in what people and models write, and every place still points into that text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_engine.sql.script import read_script

FENCED = """Sure! Here is the schema:

```sql
CREATE TABLE a (id int);
CREATE TABLE b (id int)
```

And the index you asked for:

```sql
CREATE INDEX ON a (id);
```

Let me know if you need more; I am happy to help.
"""


def statements(text: str) -> list[str]:
    return [statement.text for statement in read_script(text).statements]


def test_fenced_blocks_are_taken_and_the_prose_between_them_is_not() -> None:
    expected = ["CREATE TABLE a (id int)", "CREATE TABLE b (id int)", "CREATE INDEX ON a (id)"]
    assert statements(FENCED) == expected


def test_places_point_into_the_text_as_it_was_given() -> None:
    script = read_script(FENCED)
    last = script.statements[-1]
    line, column = script.place(last.start)
    assert FENCED.splitlines()[line - 1][column - 1 :].startswith("CREATE INDEX")


@pytest.mark.parametrize(
    "text",
    [
        "Here is the schema:\n\nCREATE TABLE a (id int);\n\nThis table stores the things.",
        "# Schema\n\n- **a**: things (id, name)\n\nCREATE TABLE a (id int);",
        "<think>CREATE TABLE wrong (x int);</think>\nCREATE TABLE a (id int);",
        "```\nCREATE TABLE a (id int);",
        "```json\n{}\n```\n~~~sql\nCREATE TABLE a (id int);\n~~~",
        "-- CREATE TABLE b (id int);\nCREATE TABLE a (id int);",
    ],
)
def test_only_the_sql_is_kept(text: str) -> None:
    assert statements(text) == ["CREATE TABLE a (id int)"]


@pytest.mark.parametrize(
    "text",
    [
        "CRATE TABLE a (id int);\nCREATE TABLE b (id int);",
        "CREATE TABLE b (id int);\nCRATE TABLE a (id int)",
        "CREATE TABLE b (id int);\nid int)",
        "CREATE TABLE b (id int);\nCRATE TABLE a",
    ],
)
def test_a_misspelt_statement_is_not_taken_for_prose(text: str) -> None:
    assert len(statements(text)) == 2


def test_a_semicolon_inside_a_string_ends_nothing() -> None:
    assert len(statements("COMMENT ON TABLE a IS 'x; y'; CREATE TABLE b (c text DEFAULT ';')")) == 2


@given(st.text(max_size=300))
def test_reading_keeps_length_and_line_breaks(text: str) -> None:
    script = read_script(text)
    assert len(script.sql) == len(text)
    assert [i for i, c in enumerate(text) if c == "\n"] == [
        i for i, c in enumerate(script.sql) if c == "\n"
    ]


def test_reading_a_large_script_is_quick_work() -> None:
    many = "CREATE TABLE a (id int, name text DEFAULT 'x');\n" * 5000
    assert len(read_script(many).statements) == 5000
