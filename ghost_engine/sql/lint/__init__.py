"""Advice on scripts that run: short, right nearly always, and mostly with a fix.

In goes a script, out comes advice with the line it is about. `apply_fix` follows one piece of it
and lets the judge confirm the result. Nothing here changes a verdict. docs/lint.md has the rules.
"""

from __future__ import annotations

from ghost_engine.errors import GhostError
from ghost_engine.sql.lint import column_types, keys, names
from ghost_engine.sql.lint.advice import Advice, Finding, edited
from ghost_engine.sql.lint.places import find_places
from ghost_engine.sql.schema import Schema
from ghost_engine.sql.validate import check

__all__ = ["RULES", "Advice", "advise", "apply_fix", "lint"]

RULES = (
    "no-primary-key",
    "no-index",
    "no-reference",
    "duplicate-index",
    "varchar-limit",
    "padded-char",
    "inexact-money",
    "timestamp-without-zone",
    "json-text",
    "serial",
    "generic-name",
    "mixed-case",
    "mixed-number",
)


def lint(script: str) -> tuple[Advice, ...]:
    """Advice on a script, in the order of its lines; none if it does not run.

    Raises:
        SandboxError: no PostgreSQL can be had.
    """
    report = check(script)
    return advise(script, report.schema) if report.valid else ()


def advise(script: str, schema: Schema) -> tuple[Advice, ...]:
    """Advice on a script that was judged already and made `schema`."""
    return tuple(finding.advice for finding in _findings(script, schema))


def apply_fix(script: str, advice: Advice) -> str:
    """The script with one piece of advice followed, and all else as it was.

    Args:
        script: the script that `advice` was given on; it must run.
        advice: one with a `fix`.

    Raises:
        GhostError: the advice is not about this script, has no fix, or its fix would break the
            script (the message says so; the script is left alone).
        SandboxError: no PostgreSQL can be had.
    """
    report = check(script)
    findings = _findings(script, report.schema)
    finding = next((each for each in findings if each.advice == advice), None)
    if finding is None:
        raise GhostError("This advice is not about the script as it is now.", "Check it again.")
    if not finding.ways:
        raise GhostError(f"{advice.rule} has no automatic fix.", "Edit the script by hand.")
    before = tuple(each.advice for each in findings)
    for edits in finding.ways:
        fixed = edited(script, edits)
        if _holds(fixed, report.schema, finding, before):
            return fixed
    raise GhostError(
        f"The fix for {advice.table} would break another part of the script.",
        "Edit the script by hand.",
    )


def _findings(script: str, schema: Schema) -> list[Finding]:
    places = find_places(script)
    found = [each for rules in (keys, column_types, names) for each in rules.find(schema, places)]
    return sorted(found, key=lambda each: each.advice.line)


def _holds(fixed: str, schema: Schema, finding: Finding, before: tuple[Advice, ...]) -> bool:
    """True if the script still runs, lost nothing, and only this advice is gone."""
    report = check(fixed)
    if not report.valid or _columns(report.schema) != _columns(schema) | _added(finding):
        return False
    after = {_key(each) for each in advise(fixed, report.schema)}
    return _key(finding.advice) not in after and after <= {_key(each) for each in before}


def _columns(schema: Schema) -> set[tuple[str, str | None]]:
    columns = {(table.qualified, each.name) for table in schema.tables for each in table.columns}
    return columns | {(table.qualified, None) for table in schema.tables}


def _added(finding: Finding) -> set[tuple[str, str | None]]:
    return {(finding.advice.table, finding.adds)} if finding.adds else set()


def _key(advice: Advice) -> tuple[str, str, str | None, str]:
    """What an advice is about, apart from its line."""
    return advice.rule, advice.table, advice.column, advice.message
