"""One failure class a file: `fixtures/repair/*.sql` hold a broken script and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from ghost_engine.sql.repair import Repair, repair

FOLDER = Path(__file__).parent.parent / "fixtures" / "repair"


@dataclass(frozen=True)
class Fixture:
    """`holds` = the tables and columns a reader finds in the broken script, lower case."""

    title: str
    holds: dict[str, set[str]]
    stays_broken: str
    broken: str
    expected: str


def read(path: Path) -> Fixture:
    given, expected = path.read_text("utf-8").split("\n-- becomes\n")
    title, holds, *rest = given.split("\n")
    reason = rest.pop(0).removeprefix("-- stays broken: ") if "stays broken" in rest[0] else ""
    tables = dict(entry.split(": ") for entry in holds.removeprefix("-- holds: ").split("; "))
    columns = {name.lower(): set(text.lower().split(", ")) for name, text in tables.items()}
    return Fixture(title, columns, reason, "\n".join(rest), expected.strip())


FIXTURES = {path.stem: read(path) for path in sorted(FOLDER.glob("*.sql"))}


def lost(fixture: Fixture, outcome: Repair) -> set[tuple[str, str]]:
    """(table, column) pairs of the broken script that the repaired one does not make."""
    made = {
        table.qualified.lower(): {column.name.lower() for column in table.columns}
        for table in outcome.after.schema.tables
    }
    wanted = {(table, column) for table, names in fixture.holds.items() for column in names}
    return {(table, column) for table, column in wanted if column not in made.get(table, set())}


@pytest.mark.parametrize("name", FIXTURES)
def test_a_broken_script_becomes_what_its_fixture_says(name: str) -> None:
    fixture = FIXTURES[name]
    outcome = repair(fixture.broken)
    assert not outcome.before.valid
    assert outcome.sql.strip() == fixture.expected
    assert outcome.after.valid is (not fixture.stays_broken)
    assert outcome.changes or fixture.stays_broken


@pytest.mark.parametrize("name", FIXTURES)
def test_a_change_has_a_reason_and_a_line_of_the_script_as_given(name: str) -> None:
    fixture = FIXTURES[name]
    for change in repair(fixture.broken).changes:
        assert change.reason.endswith((".", ")")) or ":" in change.reason
        assert 1 <= change.line <= fixture.broken.count("\n") + 1


@pytest.mark.parametrize("name", FIXTURES)
def test_a_repaired_script_needs_no_repair(name: str) -> None:
    once = repair(FIXTURES[name].broken)
    twice = repair(once.sql)
    assert (twice.sql, twice.changes) == (once.sql, ())


def test_nine_of_ten_failure_classes_run_after_repair_and_lose_nothing() -> None:
    outcomes = {name: repair(fixture.broken) for name, fixture in FIXTURES.items()}
    whole = [
        name
        for name, outcome in outcomes.items()
        if outcome.after.valid and not lost(FIXTURES[name], outcome)
    ]
    assert len(FIXTURES) >= 60
    assert len(whole) >= 0.9 * len(FIXTURES), sorted(FIXTURES.keys() - set(whole))


def test_what_stays_broken_says_why() -> None:
    broken = [name for name, f in FIXTURES.items() if not repair(f.broken).after.valid]
    assert broken == [name for name, f in FIXTURES.items() if f.stays_broken]
