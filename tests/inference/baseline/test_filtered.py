"""What the filters over a list tell of its columns: those that choose among rows of a table."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.filters import filtered_nouns
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.texts import Look, Text

BOX = (0, 200, 600, 400)
ROWS = Region(
    "table",
    (Field("Title", (), BOX), Field("Track", ("Web", "Data"), BOX), Field("State", (), BOX)),
    BOX,
    0.9,
)


def page(*words: str, y: int = 100) -> Page:
    return Page(
        1200,
        800,
        tuple(
            Text(said, (200 * n, y, 200 * n + 8 * len(said), y + 20), look=Look(14))
            for n, said in enumerate(words)
        ),
    )


@pytest.mark.parametrize("said", ["Tracks", "All tracks", "Tracks ▾"])
def test_a_filter_in_the_plural_tells_that_a_column_names_rows_of_another_table(said: str) -> None:
    assert filtered_nouns(page("Search", said), [ROWS], "en") == {"track"}


@pytest.mark.parametrize("said", ["Track", "All states", "Speakers"])
def test_the_column_itself_states_and_what_is_no_column_tell_nothing(said: str) -> None:
    assert filtered_nouns(page(said), [ROWS], "en") == frozenset()


def test_what_stands_below_the_rows_is_no_filter() -> None:
    assert filtered_nouns(page("Tracks", y=450), [ROWS], "en") == frozenset()
