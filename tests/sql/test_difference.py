"""Two scripts table by table: what differs, and taking a table over without touching the rest."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghost_engine.errors import GhostError
from ghost_engine.sql import Schema, check
from ghost_engine.sql.difference import table_differences, take

OLD = """-- The shop.

CREATE TYPE state AS ENUM ('open', 'paid');

-- who buys
CREATE TABLE users (
    id   int PRIMARY KEY,   -- the key
    mail text
);
CREATE INDEX users_mail ON users (mail);

/* what they buy */
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, state state);
COMMENT ON TABLE orders IS 'Orders; all of them';
"""
NEW = """CREATE TYPE state AS ENUM ('open', 'paid', 'sent');
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE TABLE products (id int PRIMARY KEY);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, state state,
    product_id int REFERENCES products);
"""


def states(old: str, new: str) -> dict[str, str]:
    return {each.name: each.state for each in table_differences(old, new)}


def test_every_table_and_type_is_found_with_its_state() -> None:
    assert states(OLD, NEW) == {
        "state": "changed",
        "users": "changed",
        "products": "only new",
        "orders": "changed",
    }


def test_changes_are_said_in_words() -> None:
    by_name = {each.name: each for each in table_differences(OLD, NEW)}
    assert by_name["users"].changes == (
        "Column mail is called email now.",
        "email: NOT NULL was added.",
        "Gone: CREATE INDEX users_mail ON public.users USING btree (mail).",
    )
    assert by_name["state"].used_by == ("orders",)
    assert "Orders; all of them" in by_name["orders"].old_text


def test_layout_and_spelling_of_types_are_no_difference_where_both_run() -> None:
    one, other = (
        "CREATE TABLE a (x int, y varchar(3));",
        "create table A(\n x INTEGER,\n y character varying(3))",
    )
    assert states(one, other) == {"a": "same"}
    assert states(one, "CREATE TABLE a (x int, y varchar(4))") == {"a": "changed"}


def test_a_script_that_does_not_run_is_compared_as_written() -> None:
    old = "CREATE TABLE `users` (`id` INT AUTO_INCREMENT, `n` text)\nCREATE TABLE b (x int);"
    new = (
        "CREATE TABLE users (id INT GENERATED ALWAYS AS IDENTITY, n text); CREATE TABLE b (x int);"
    )
    users, b = table_differences(old, new)
    assert users.changes == (
        "id: AUTO_INCREMENT was taken away.",
        "id: GENERATED ALWAYS AS IDENTITY was added.",
    )
    assert b.state == "same"


def test_taking_a_table_leaves_all_else_byte_for_byte() -> None:
    taken = take(OLD, NEW, "users")
    assert taken == OLD.replace(
        "-- who buys\nCREATE TABLE users (\n    id   int PRIMARY KEY,   -- the key\n"
        "    mail text\n);\n"
        "CREATE INDEX users_mail ON users (mail);",
        "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);",
    )


def test_a_new_table_stands_behind_what_it_references_and_before_what_needs_it() -> None:
    taken = take(take(OLD, NEW, "orders"), NEW, "products")
    assert taken.index("products (id") < taken.index("CREATE TABLE orders")
    assert check(taken).valid


def test_a_table_that_now_needs_a_later_one_moves_behind_it() -> None:
    current = "CREATE TABLE a (id int PRIMARY KEY);\n-- b's\nCREATE TABLE b (id int PRIMARY KEY);\n"
    moved = "CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES b);"
    other = f"CREATE TABLE b (id int PRIMARY KEY); {moved}"
    taken = take(current, other, "a")
    assert taken == (f"-- b's\nCREATE TABLE b (id int PRIMARY KEY);\n\n{moved}\n")


def test_removing_a_table_takes_its_statements_and_the_type_nobody_needs() -> None:
    other = "CREATE TABLE users (id int PRIMARY KEY, mail text);"
    taken = take(OLD, other, "orders")
    assert "orders" not in taken and "state" not in taken and "what they buy" not in taken
    assert taken.startswith("-- The shop.\n\n-- who buys\nCREATE TABLE users (\n")
    assert check(taken).valid


def test_prose_and_fences_around_the_sql_stay() -> None:
    draft = "Here it is:\n```sql\nCREATE TABLE a (x int)\n```\nEnjoy!"
    taken = take(draft, "CREATE TABLE a (x int); CREATE TABLE b (y int)", "b")
    assert (
        taken
        == "Here it is:\n```sql\nCREATE TABLE a (x int);\n\nCREATE TABLE b (y int);\n```\nEnjoy!"
    )
    assert check(taken).valid


def test_a_statement_goes_in_before_the_closing_commit() -> None:
    taken = take("BEGIN;\nCOMMIT;\n", "CREATE TABLE a (x int)", "a")
    assert taken == "BEGIN;\n\nCREATE TABLE a (x int);\nCOMMIT;\n"


def test_circles_by_alter_table_are_taken_whole() -> None:
    other = (
        "CREATE TABLE a (id int PRIMARY KEY, b int);\n"
        "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);\n"
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;\n"
    )
    current = "CREATE TABLE a (id int PRIMARY KEY);\n"
    both = take(take(current, other, "b"), other, "a")
    assert check(both).valid and same(check(both).schema, check(other).schema)


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(GhostError, match="Neither script has nothing"):
        take(OLD, NEW, "nothing")


# -- whatever the scripts --------------------------------------------------------------------------

TABLES = ("users", "orders", '"Odd Table"', "app.items", "tags")
COLUMNS = ("name text", "price numeric(10, 2) CHECK (price > 0)", "at timestamptz DEFAULT now()",
           "kind kind", '"select" int', "mood mood NOT NULL", "users int")  # fmt: skip
TYPES = {"kind": ("'a', 'b'", "'a', 'b', 'c'"), "mood": ("'ok'", "'ok', 'bad'")}


def same(one: Schema, other: Schema) -> bool:
    """Equal but for the order in which things were made."""
    return sorted(one.tables, key=str) == sorted(other.tables, key=str) and (
        sorted(one.enums, key=str) == sorted(other.enums, key=str)
        and sorted(one.views, key=str) == sorted(other.views, key=str)
    )


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """Tables in any order with types, references, late keys, indexes, comments and a view."""
    names = draw(st.permutations(TABLES))[: draw(st.integers(1, 5))]
    lines, late, made = ["-- kept: the head", "CREATE SCHEMA IF NOT EXISTS app;"], [], []
    for type_name, labels in TYPES.items():
        lines.append(f"CREATE TYPE {type_name} AS ENUM ({draw(st.sampled_from(labels))});")
    for name in names:
        columns = ["id int PRIMARY KEY", *draw(st.lists(st.sampled_from(COLUMNS), unique=True))]
        for target in draw(st.lists(st.sampled_from(names), unique=True, max_size=2)):
            number = len(columns)
            if target in made or target == name:
                columns.append(f"r{number} int REFERENCES {target}")
            else:
                columns.append(f"r{number} int")
                late.append(f"ALTER TABLE {name} ADD FOREIGN KEY (r{number}) REFERENCES {target};")
        joint = draw(st.sampled_from([",\n  ", ", "]))
        lines.append(f"-- {name}'s own\nCREATE TABLE {name} (\n  {joint.join(columns)}\n);")
        made.append(name)
        if draw(st.booleans()):
            lines.append(f"CREATE INDEX ON {name} ({columns[-1].split()[0]});")
        if draw(st.booleans()):
            lines.append(f"COMMENT ON COLUMN {name}.id IS '{draw(st.sampled_from('ab'))}; key';")
    lines += late
    if draw(st.booleans()):
        lines.append(f"CREATE VIEW seen AS SELECT id FROM {draw(st.sampled_from(names))};")
    return draw(st.sampled_from(["\n", "\n\n"])).join(lines) + draw(st.sampled_from(["", "\n"]))


@settings(
    max_examples=settings.default.max_examples // 5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts(), scripts(), st.randoms())
def test_taking_every_difference_makes_the_other_schema(old: str, new: str, order) -> None:
    assert check(old).valid and check(new).valid, (old, new, check(old).errors, check(new).errors)
    differing = [each.name for each in table_differences(old, new) if each.state != "same"]
    order.shuffle(differing)
    taken = old
    for name in differing:
        taken = take(taken, new, name)
    report = check(taken)
    assert report.valid, (taken, report.errors)
    assert same(report.schema, check(new).schema), taken
    assert all(each.state == "same" for each in table_differences(taken, new))


@settings(
    max_examples=settings.default.max_examples // 5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts(), scripts(), st.data())
def test_taking_one_table_keeps_the_statements_of_all_others(
    old: str, new: str, data: st.DataObject
) -> None:
    differences = table_differences(old, new)
    chosen = data.draw(st.sampled_from([each for each in differences if each.kind == "table"]))
    taken = take(old, new, chosen.name)
    assert taken.startswith("-- kept: the head\n")
    for each in differences:
        if each.kind == "table" and each.name != chosen.name and each.old_text:
            assert all(line in taken for line in each.old_text.splitlines())
    after = {each.name: each for each in table_differences(taken, new)}
    assert after.get(chosen.name, chosen).new_text == chosen.new_text
    if chosen.name in after:
        assert after[chosen.name].old_text == chosen.new_text


@settings(max_examples=settings.default.max_examples, deadline=None)
@given(st.text(alphabet="abc();,'\"`[]-/*\n$ CREATETABLEINDX.", max_size=80), scripts())
def test_nothing_makes_taking_fail(garbage: str, script: str) -> None:
    from ghost_engine.sql.passages import read_passages

    for one, other in ((garbage, script), (script, garbage)):
        for name in [*read_passages(one).things, *read_passages(other).things]:
            take(one, other, name)
