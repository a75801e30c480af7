"""Whatever was read, the script runs."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghost_engine.inference.baseline.ddl import literal, write_ddl
from ghost_engine.inference.baseline.entities import Entity
from ghost_engine.inference.baseline.plan import PlannedColumn, PlannedTable
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.relations import Finding, plan_tables
from ghost_engine.sql import check

BOX = (0, 0, 10, 10)

words = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["Status", "Customer", "Order", "User", "Assigned to", "select", "table", "ID", "Name"]
        + ["'; DROP TABLE x; --", "a\\'b", "$$", "\x00", "\ud800", "x" * 300, "Preis €", "１２"]
        + ["2025-01-01", "$5.00", "Paid", "Failed", "—", "ctid", "oid", "tableoid", "xmin"]
    ),
)
fields = st.builds(
    Field,
    label=words,
    values=st.lists(words, max_size=5).map(tuple),
    box=st.just(BOX),
    control=st.sampled_from(["none", "input", "checkbox", "textarea"]),
    required=st.booleans(),
)
nouns = st.sampled_from(["order", "user", "customer", "status", "group", "x" * 63, "pg_class"])
findings = st.builds(
    Finding,
    region=st.builds(
        Region,
        kind=st.sampled_from(["table", "form", "detail"]),
        fields=st.lists(fields, min_size=1, max_size=8).map(tuple),
        box=st.just(BOX),
        confidence=st.floats(0, 1),
    ),
    entity=st.builds(Entity, name=nouns, reason=st.just("a guess"), confidence=st.floats(0, 1)),
    image=st.just(0),
)


@given(st.lists(findings, max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_on_a_screen_gives_sql_that_runs(found: list[Finding]) -> None:
    tables = plan_tables(found)
    script = write_ddl(tables)
    if not found:
        assert script == ""
        return
    report = check(script)
    assert report.valid, (report.errors, script)
    planned = {(table.name, column.name) for table in tables for column in table.columns}
    made = {(table.name, column.name) for table in report.schema.tables for column in table.columns}
    assert made == planned


def column(name: str, references: str | None = None) -> PlannedColumn:
    return PlannedColumn(name, "bigint", "a test", 0.5, references=references)


def test_tables_that_refer_to_each_other_in_a_circle_run() -> None:
    tables = [
        PlannedTable("a", (column("id"), column("b_id", "b"), column("a_id", "a")), "", 0.5),
        PlannedTable("b", (column("id"), column("a_id", "a")), "", 0.5),
    ]
    report = check(write_ddl(tables))
    assert report.valid
    assert sum(len(table.foreign_keys) for table in report.schema.tables) == 3


def test_the_source_label_is_kept_as_a_comment_where_the_name_hides_it() -> None:
    named = PlannedColumn("total", "numeric", "a test", 0.5, label="Total (incl.)", note="in €")
    plain = PlannedColumn("notes", "text", "a test", 0.5, label="Notes")
    script = write_ddl([PlannedTable("invoices", (column("id"), named, plain), "", 0.5)])
    table = check(script).schema.tables[0]
    assert [c.comment for c in table.columns] == [None, "Total (incl.), in €", None]


def test_a_huge_plan_stays_within_what_the_judge_takes() -> None:
    columns = tuple(
        PlannedColumn(f"column_{n}", "text", "a test", 0.5, label="'" * 300) for n in range(60)
    )
    script = write_ddl(
        [PlannedTable(f"t{n}", (column("id"), *columns), "", 0.5) for n in range(20)]
    )
    assert check(script).valid


def test_literals_are_one_line_of_printable_text() -> None:
    assert literal("it's\na\x00 \\ test") == "'it''s a \\ test'"
