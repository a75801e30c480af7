"""Rows of short texts that head nothing, and labels told by their colons."""

from __future__ import annotations

from ghost_engine.inference.baseline.colons import colon_labels, join_labels
from ghost_engine.inference.baseline.columns import Record
from ghost_engine.inference.baseline.false_headers import (
    are_a_strip,
    are_controls,
    are_over_pairs,
    are_tabs,
    repeats_label,
)
from ghost_engine.inference.baseline.headers import read_header
from ghost_engine.inference.baseline.texts import Look, Text


def word(text: str, x: int, y: int, size: float = 14.0) -> Text:
    return Text(text, (x, y, x + 8 * len(text), y + 18), look=Look(size, 0.3))


def row(y: int, *words: str, size: float = 14.0) -> tuple[Text, ...]:
    return tuple(word(text, 20 + 160 * n, y, size) for n, text in enumerate(words))


def records(*rows: tuple[Text, ...]) -> list[Record]:
    return [{n: [text] for n, text in enumerate(cells)} for cells in rows]


def test_framed_controls_over_bare_rows_head_nothing() -> None:
    controls = row(20, "Search", "Filter", "Sort")
    below = records(row(60, "Ada", "Go", "12"), row(100, "Alan", "C", "7"))
    assert are_controls(controls, below, frozenset(controls), ruled=False)
    assert not are_controls(controls, below, frozenset(), ruled=False)


def test_heads_with_grounds_of_their_own_may_stand_over_many_ruled_rows() -> None:
    heads = row(20, "Name", "Language")
    below = records(*(row(60 + 40 * n, "Ada", "Go") for n in range(5)))
    buttons = row(20, "Search", "Filter")
    assert not are_controls(heads, below, frozenset(heads), ruled=True)
    assert are_controls(heads, below, frozenset(heads), ruled=False)
    assert are_controls(buttons, below, frozenset(buttons), ruled=True)


def test_tabs_have_little_below_them() -> None:
    tabs = row(20, "Who", "Contact", "Choices", "Employer")
    below: list[Record] = [
        {0: [word("Name", 20, y)], 2: [word("Ada", 340, y)]} for y in (60, 90, 120)
    ]
    assert are_tabs(tabs, below, ruled=False)
    assert not are_tabs(tabs, records(*[row(y, "a", "b", "c", "d") for y in (60, 90, 120)]), False)


def packed(y: int, *words: str) -> tuple[Text, ...]:
    """Words one after the other, as far apart as tabs are."""
    texts: list[Text] = []
    for text in words:
        texts.append(word(text, texts[-1].box[2] + 30 if texts else 20, y))
    return tuple(texts)


def test_labels_at_even_gaps_over_what_is_not_in_line_are_tabs() -> None:
    tabs = packed(20, "Overview", "Model metrics", "Traces", "Artifacts of the run")
    below = records(*(row(y, "auc", "0.8802", "f1", "0.7602") for y in (60, 90, 120)))
    assert are_a_strip(tabs, below)
    assert are_a_strip((*tabs, word("Prod", 900, 20)), below)


def test_narrow_columns_stand_at_even_gaps_too() -> None:
    heads = packed(20, "Played", "Won", "Drawn", "Goals for")
    cells = [
        {
            n: [word(value, head.box[0], y)]
            for n, (value, head) in enumerate(zip("7124", heads, strict=True))
        }
        for y in (60, 90, 120)
    ]
    assert not are_a_strip(heads, cells)


def test_labels_with_colons_in_turn_with_values_are_no_header() -> None:
    below = records(row(60, "City:", "Burlington", "State:", "Vermont"))
    assert are_over_pairs(row(20, "Sex:", "Female", "Status:", "Widowed"), below)
    values = records(row(60, "Female", "Widowed"))
    assert not are_over_pairs(row(20, "Sex:", "Status:"), values)


def test_small_labels_that_come_again_between_values_are_those_of_inputs() -> None:
    head = word("Servings", 20, 20, 11.0)
    inputs = [
        word(text, 20, 40 + 20 * n, size)
        for n, (text, size) in enumerate(
            [("4", 14.0), *[("Quantity", 11.0), ("500", 14.0)] * 3],
        )
    ]
    assert repeats_label(inputs, head)
    states = [word("Active", 20, 40 + 20 * n) for n in range(4)]
    assert not repeats_label(states, head)


def test_words_in_brackets_go_on_from_the_label_above() -> None:
    above, below = row(20, "Response", "Uptime"), row(40, "(Current)", "(30-day)")
    header, _ = read_header(above, [*above, *below])
    assert [head.text for head in header] == ["Response (Current)", "Uptime (30-day)"]
    assert read_header(below, [*above, *below])[0] == ()


def test_a_label_on_two_lines_is_one_where_labels_end_in_colons() -> None:
    card = [
        word("Blood", 20, 20),
        word("Pressure:", 20, 40),
        *(word(text, 20, 80 + 40 * n) for n, text in enumerate(["Weight:", "Height:", "Pulse:"])),
        *(word(text, 200, y) for text, y in (("138/84", 30), ("164 lb", 80), ("65 in", 120))),
    ]
    joined = [text.text for text in join_labels(card)]
    assert joined[0] == "Blood Pressure:" and "Blood" not in joined
    assert len(colon_labels(card)) == 4
