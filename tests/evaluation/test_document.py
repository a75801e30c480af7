"""The examples of docs/evaluation.md are run, and its tables hold what the code holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import ghost_engine
from ghost_engine.sql.compare import WEIGHTS, Visibility, compare

DOCUMENT = (Path(ghost_engine.__file__).parents[1] / "docs" / "evaluation.md").read_text("utf-8")
EXAMPLE = re.compile(
    r"^### (?P<title>[^\n]+)\n.*?```sql\n(?P<reference>.*?)```.*?```sql\n(?P<predicted>.*?)```"
    r".*?```json\n(?P<expected>.*?)```",
    re.DOTALL | re.MULTILINE,
)
EXAMPLES = [match.groupdict() for match in EXAMPLE.finditer(DOCUMENT)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["title"]))
def test_an_example_of_the_document_scores_what_it_says(example: dict[str, str]) -> None:
    expected: dict[str, Any] = json.loads(example["expected"])
    hidden = [tuple(name.split(".")) for name in expected.pop("hidden", [])]
    visibility = Visibility({(table, column): "hidden" for table, column in hidden})
    result = compare(example["predicted"], example["reference"], visibility).to_dict()
    found = {name: result[name] for name in expected}
    plain = {
        name: value["f1"] if isinstance(value, dict) else value for name, value in found.items()
    }
    assert plain == pytest.approx(expected, abs=0.0005)


def test_every_example_is_found() -> None:
    assert len(EXAMPLES) == DOCUMENT.count("\n### ") == 4


def test_the_document_states_the_weights() -> None:
    stated = re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", DOCUMENT, re.MULTILINE)
    assert {name: float(weight) for name, weight in stated} == dict(WEIGHTS)
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
