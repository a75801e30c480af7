"""docs/corrections.md: its examples run as shown, and its table holds every kind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from ghost_engine.sql.corrections.correction import Kind

TEXT = (Path(__file__).parents[2] / "docs" / "corrections.md").read_text("utf-8")


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_an_example_prints_what_it_says(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(example, "docs/corrections.md", "exec"), {})
    printed = capsys.readouterr().out
    for said in re.findall(r"^(?:.*print\(.*\)  )?# (.*)$", example, re.MULTILINE):
        assert said in printed


def test_every_kind_is_documented() -> None:
    rows = " ".join(re.findall(r"^\| ([^|]+) \|", TEXT, re.MULTILINE))
    for kind in get_args(Kind):
        verb, _, noun = kind.partition(" ")
        assert re.search(rf"\b{verb}\b", rows) and re.search(rf"\b{noun}\b", rows), kind
