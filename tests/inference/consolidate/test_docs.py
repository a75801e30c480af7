"""docs/consolidate.md: its example runs as shown, and its table holds every kind of conflict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from ghost_engine.inference.consolidate.outcome import Kind

TEXT = (Path(__file__).parents[3] / "docs" / "consolidate.md").read_text("utf-8")


def test_the_example_says_what_it_shows() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    seen: dict[str, Any] = {}
    shown = 0
    for line in example.splitlines():
        code, _, said = line.partition("  # ")
        if not said:
            exec(compile(code, "docs/consolidate.md", "exec"), seen)
        else:
            assert repr(eval(code, seen)) == said.partition(":")[0], line
            shown += 1
    assert shown == 4


def test_every_kind_of_conflict_is_explained() -> None:
    section = TEXT.partition("## What the screens disagree about")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {kind for row in rows for kind in re.findall(r"`(\w+)`", row)} == set(get_args(Kind))
