"""Advice on real scripts, and fixes that the judge confirms."""

from __future__ import annotations

import pytest

from ghost_engine.errors import GhostError
from ghost_engine.sql import check
from ghost_engine.sql.lint import Advice, apply_fix, lint

CLEAN = """
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    country varchar(2),
    discount_rate real,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    external_id text,
    total numeric(10,2)
);
CREATE INDEX ON orders (customer_id, total);
"""


def rules(script: str) -> list[str]:
    return [advice.rule for advice in lint(script)]


def only(script: str) -> Advice:
    (advice,) = lint(script)
    return advice


def test_a_clean_schema_gets_no_advice() -> None:
    assert lint(CLEAN) == ()


def test_a_script_that_does_not_run_gets_no_advice() -> None:
    assert lint("CREATE TABLE t (id serial") == ()


def test_advice_names_the_line_of_its_column() -> None:
    advice = only("-- posts\nCREATE TABLE posts (\n  id bigint PRIMARY KEY,\n  at timestamp\n)")

    assert (advice.table, advice.column, advice.line) == ("posts", "at", 4)


@pytest.mark.parametrize(
    "columns",
    [
        "exchange_rate real",
        "amount real, unit text",
        "local_time timestamp",
        "code varchar(20)",
        "subject_id bigint, subject_type text",
        "external_id bigint",
        "value text",
        "address_line1 text",
        'kind "char"',
    ],
)
def test_what_may_be_meant_is_left_alone(columns: str) -> None:
    subjects = "CREATE TABLE subjects (id bigint PRIMARY KEY);"

    assert lint(f"{subjects} CREATE TABLE t (id bigint PRIMARY KEY, {columns});") == ()


def test_an_index_that_skips_only_nulls_serves_a_reference() -> None:
    script = (
        "CREATE TABLE a (id bigint PRIMARY KEY);"
        "CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a, gone boolean);"
        "CREATE INDEX ON b (a_id) WHERE {};"
    )

    assert rules(script.format("a_id IS NOT NULL")) == []
    assert rules(script.format("NOT gone")) == ["no-index"]


def test_a_link_table_gets_the_pair_as_its_key() -> None:
    script = (
        "CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (id bigint PRIMARY KEY);"
        "CREATE TABLE a_b (a_id bigint REFERENCES a, b_id bigint REFERENCES b);"
    )

    fixed = apply_fix(script, next(a for a in lint(script) if a.rule == "no-primary-key"))

    assert fixed.endswith("\nALTER TABLE a_b ADD PRIMARY KEY (a_id, b_id);")
    assert rules(fixed) == ["no-index"]  # for b_id, which the key does not begin with


def test_a_not_null_unique_becomes_the_key() -> None:
    script = "CREATE TABLE t (code text NOT NULL UNIQUE)"

    fixed = apply_fix(script, only(script))

    table = check(fixed).schema.tables[0]
    assert table.primary_key == ("code",) and table.uniques == ()


def test_a_fix_goes_before_the_closing_commit() -> None:
    script = "BEGIN;\nCREATE TABLE t (a int); -- all\nCOMMIT;\n"

    fixed = apply_fix(script, only(script))

    assert fixed == (
        "BEGIN;\nCREATE TABLE t (a int); -- all\n"
        "ALTER TABLE t ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;\nCOMMIT;\n"
    )


def test_a_fix_stays_inside_the_markdown_fence() -> None:
    script = "Here:\n```sql\nCREATE TABLE t (id int)\n```\nDone."

    assert apply_fix(script, only(script)) == (
        "Here:\n```sql\nCREATE TABLE t (id int);\nALTER TABLE t ADD PRIMARY KEY (id);\n```\nDone."
    )


def test_a_missing_last_semicolon_is_added_before_the_comment() -> None:
    script = "CREATE TABLE t (id int) -- the end"

    fixed = apply_fix(script, only(script))

    assert fixed == "CREATE TABLE t (id int); -- the end\nALTER TABLE t ADD PRIMARY KEY (id);"


def test_a_type_that_came_by_alter_table_is_mended_there() -> None:
    script = "CREATE TABLE t (id bigint PRIMARY KEY);\nALTER TABLE t ADD COLUMN at timestamp;"

    assert apply_fix(script, only(script)).endswith("ADD COLUMN at timestamptz;")


def test_a_type_that_is_written_nowhere_is_altered_at_the_end() -> None:
    script = (
        "CREATE TABLE a (id bigint PRIMARY KEY, at timestamptz);"
        "ALTER TABLE a ALTER COLUMN at TYPE timestamp;"
    )

    fixed = apply_fix(script, only(script))

    assert fixed.endswith("\nALTER TABLE a ALTER COLUMN at TYPE timestamptz;")
    assert lint(fixed) == ()


def test_names_that_need_quotes_get_them() -> None:
    script = (
        'CREATE SCHEMA app; CREATE TABLE app."Order" (id bigint PRIMARY KEY, at timestamptz);'
        'CREATE TABLE "select" (id bigint PRIMARY KEY, "a ""b" bigint REFERENCES app."Order");'
    )

    assert only(script).fix == 'CREATE INDEX ON "select" ("a ""b");'
    assert lint(apply_fix(script, only(script))) == ()


def test_a_type_that_a_check_speaks_of_has_no_automatic_fix() -> None:
    advice = only("CREATE TABLE t (id bigint PRIMARY KEY, doc json CHECK (json_typeof(doc) = 'a'))")

    assert advice.rule == "json-text" and advice.fix is None


def test_a_fix_that_would_break_the_script_is_refused() -> None:
    script = "CREATE TABLE t (id int, name text); INSERT INTO t VALUES (1, 'a'), (1, 'b');"

    with pytest.raises(GhostError, match="would break another part"):
        apply_fix(script, only(script))


def test_advice_on_another_script_is_refused() -> None:
    advice = only("CREATE TABLE t (id int)")

    with pytest.raises(GhostError, match="not about the script as it is now"):
        apply_fix(CLEAN, advice)


def test_a_name_has_no_automatic_fix() -> None:
    script = "CREATE TABLE table1 (id bigint PRIMARY KEY)"

    with pytest.raises(GhostError, match="no automatic fix"):
        apply_fix(script, only(script))
