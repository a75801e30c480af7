"""docs/lint.md: every rule stands there, and every example does what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ghost_engine.sql.lint import RULES, apply_fix, lint

TEXT = (Path(__file__).parents[2] / "docs" / "lint.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### ([\w-]+)\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))


def example(rule: str, kind: str) -> str | None:
    found = re.search(rf"```sql {kind}\n(.*?)\n```", SECTIONS[rule], re.DOTALL)
    return found[1] if found else None


def test_every_rule_is_documented() -> None:
    assert tuple(SECTIONS) == RULES


@pytest.mark.parametrize("rule", SECTIONS)
def test_the_example_gets_this_advice_and_no_other(rule: str) -> None:
    before, after = example(rule, "before"), example(rule, "after")
    assert before is not None

    (advice,) = lint(before)

    assert advice.rule == rule
    assert (apply_fix(before, advice) if advice.fix else None) == after
    assert after is None or lint(after) == ()
