"""Whatever the script: fixes end, lose nothing, and touch nothing but what they mend."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghost_engine.errors import GhostError
from ghost_engine.sql import Schema, check
from ghost_engine.sql.lint import apply_fix, lint

TYPES = [
    "serial", "BIGSERIAL", "varchar(255)", "VARCHAR (500)", "char(2)", "timestamp", "json", "money",
    "timestamp(3) without time zone", "text", "int", "real", "numeric(10, 2)", "varchar(255)[]",
]  # fmt: skip
NAMES = ["price", "at", "note", "col1", '"homeTown"', '"select"', '"a b"', "amount", "kind"]
TAILS = ["", " NOT NULL", " UNIQUE", " /* why */", " NOT NULL UNIQUE", " DEFAULT NULL"]
COMMENT = "/* kept: ; ' */"

columns = st.tuples(st.sampled_from(NAMES), st.sampled_from(TYPES), st.sampled_from(TAILS))


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """One to three tables with references, indexes and comments, nearly always valid."""
    lines, made = ["-- kept: the head"], []
    for name in draw(st.permutations(["teams", "players", '"Odd Table"']))[
        : draw(st.integers(1, 3))
    ]:
        parts = draw(st.lists(columns, min_size=1, max_size=4, unique_by=lambda each: each[0]))
        items = [f"  {column} {kind}{tail}" for column, kind, tail in parts]
        if draw(st.booleans()):
            items.insert(
                0, draw(st.sampled_from(["  id serial PRIMARY KEY", "  id bigint PRIMARY KEY"]))
            )
            made.append(name)
        elif draw(st.booleans()):
            items.append("  id int")
        if made and draw(st.booleans()):
            items.append(f"  ref bigint REFERENCES {draw(st.sampled_from(made))}")
        body = f" {COMMENT},\n".join(items)
        lines.append(f"CREATE TABLE {name} (\n{body}\n); -- kept: after {name}")
        if draw(st.booleans()):
            number = len(lines)
            lines += [f"CREATE INDEX i{number}_{n} ON {name} ({parts[0][0]});" for n in range(2)]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n-- kept: the end"]))


def shape(schema: Schema) -> set[tuple[str, str]]:
    return {(table.qualified, each.name) for table in schema.tables for each in table.columns}


@settings(
    max_examples=settings.default.max_examples // 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts())
def test_following_every_advice_ends_with_none_that_can_be_followed(script: str) -> None:
    report = check(script)
    if not report.valid:
        return
    refused: set[str] = set()
    fixed, rounds = script, 0
    while todo := [each for each in lint(fixed) if each.fix and each.message not in refused]:
        try:
            fixed = apply_fix(fixed, todo[0])
        except GhostError:
            refused.add(todo[0].message)
        rounds += 1
        assert rounds < 60

    assert shape(report.schema) <= shape(check(fixed).schema)
    assert {name for _, name in shape(check(fixed).schema) - shape(report.schema)} <= {"id"}
    assert fixed.count("kept:") == script.count("kept:")
    assert not refused


@settings(
    max_examples=settings.default.max_examples // 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts())
def test_one_fix_settles_its_advice_and_brings_no_other(script: str) -> None:
    before = lint(script)
    for advice in before:
        if advice.fix is None:
            continue
        keys = {(each.rule, each.table, each.column, each.message) for each in before}
        after = lint(apply_fix(script, advice))
        gone = keys - {(each.rule, each.table, each.column, each.message) for each in after}
        assert gone == {(advice.rule, advice.table, advice.column, advice.message)}


@settings(
    max_examples=settings.default.max_examples // 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts())
def test_a_fix_changes_one_line_or_adds_lines_or_takes_one_away(script: str) -> None:
    lines = script.split("\n")
    for advice in lint(script):
        if advice.fix is not None:
            fixed = apply_fix(script, advice).split("\n")
            changed = [line for line in lines if line not in fixed]
            assert len(changed) <= 1, changed
