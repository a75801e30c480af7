"""Lines that say who made or changed something, and when."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.blocks import Block
from ghost_engine.inference.baseline.bylines import read_byline
from ghost_engine.inference.baseline.naming import name_fields
from ghost_engine.inference.baseline.slots import read_parts
from ghost_engine.inference.baseline.texts import Text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "By Ada Byron in News - Yesterday",
            {"Created by": "Ada Byron", "Category": "News", "Created at": "Yesterday"},
        ),
        (
            "Added by Alan Kay 6 days ago. Updated 1 day ago.",
            {"Created by": "Alan Kay", "Created at": "6 days ago", "Updated at": "1 day ago"},
        ),
        (
            "Request #12 — Created Oct. 12, 2023 and updated 15 minutes ago",
            {"Created at": "Oct. 12, 2023", "Updated at": "15 minutes ago"},
        ),
        ("#12 opened on 3 May by Ada", {"Created by": "Ada", "Created at": "3 May"}),
        ("Ada Byron opened 3 days ago", {"Created by": "Ada Byron", "Created at": "3 days ago"}),
        ("Last updated 3 days ago by root", {"Updated by": "root", "Updated at": "3 days ago"}),
        ("closed by Ada 2 hours ago", {"Closed by": "Ada", "Closed at": "2 hours ago"}),
    ],
)
def test_a_line_says_who_did_what_and_when(line: str, said: dict[str, str]) -> None:
    assert dict(read_byline(line)) == said


@pytest.mark.parametrize(
    "line",
    [
        "Powered by Redmine",
        "Filter by tag",
        "4 hours ago",
        "Prefers contact by email.",
        "Created by",
    ],
)
def test_other_lines_say_nothing_of_the_kind(line: str) -> None:
    assert read_byline(line) == ()


def entry(number: int, *lines: str) -> Block:
    top = 120 * number
    texts = (Text(line, (20, top + 30 * n, 300, top + 30 * n + 18)) for n, line in enumerate(lines))
    return Block((0, top, 400, top + 110), tuple(texts))


def test_entries_are_signed_below_their_titles() -> None:
    entries = [
        entry(0, "Winter roads", "By Ada Byron in News - Yesterday", "Draft"),
        entry(1, "Storm surge maps", "By Ada Byron - 10 hours ago", "Draft"),
        entry(2, "Council budgets", "By Ada Byron in Data - 2 days ago", "Published"),
    ]
    found = {field.label: field.values for field in name_fields(read_parts(entries))}
    assert found["Created by"] == ("Ada Byron",) * 3
    assert found["Category"] == ("News", "Data")
    assert found["Created at"] == ("Yesterday", "10 hours ago", "2 days ago")
    assert found["Status"] == ("Draft", "Draft", "Published")
