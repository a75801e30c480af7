"""What texts off a screen become in a column of some type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_engine.sql.samples.kinds import Kind
from ghost_engine.sql.samples.readings import read_as

READINGS = [
    ("numeric", "$1,234.50", "1234.50"),
    ("numeric", "1.234,50 €", "1234.50"),
    ("numeric", "(12.00)", "-12.00"),
    ("numeric", "-$5", "-5"),
    ("numeric", "$-5", "-5"),
    ("numeric", "− 3.5", "-3.5"),
    ("numeric", "USD 20", "20"),
    ("numeric", "1'000", "1000"),
    ("numeric", "12 500", "12500"),
    ("numeric", "45%", "45"),
    ("numeric", "3,5", "3.5"),
    ("numeric", "1,00,000", "100000"),
    ("numeric", "2.5 kg", "2.5"),
    ("numeric", "12 Mar 2024", None),
    ("numeric", "10:45", None),
    ("numeric", "1-2", None),
    ("numeric", "abc", None),
    ("integer", "#1042", "1042"),
    ("integer", "1.2k", "1200"),
    ("integer", "12.00", "12"),
    ("integer", "12.5", None),
    ("integer", "INV-7", None),
    ("boolean", "Yes", "true"),
    ("boolean", "✗", "false"),
    ("boolean", "maybe", None),
    ("date", "2024-03-12", "2024-03-12"),
    ("date", "12 Mar 2024", "2024-03-12"),
    ("date", "Mar 12, 2024", "2024-03-12"),
    ("date", "Tuesday, March 12th, 2024", "2024-03-12"),
    ("date", "03/12/2024", "2024-03-12"),
    ("date", "31/12/2024", "2024-12-31"),
    ("date", "31.12.24", "2024-12-31"),
    ("date", "Mar 12", "2025-03-12"),
    ("date", "Feb 29", None),
    ("date", "Yesterday", "2025-06-29"),
    ("date", "2024-03-12 10:00", "2024-03-12"),
    ("date", "12", None),
    ("date", "soon", None),
    ("timestamp with time zone", "2024-03-12T10:45:00Z", "2024-03-12 10:45:00+00:00"),
    ("timestamp with time zone", "Mar 12, 2024 at 3:45 PM", "2024-03-12 15:45:00+00:00"),
    ("timestamp with time zone", "2 hours ago", "2025-06-30 10:00:00+00:00"),
    ("timestamp with time zone", "in 3 days", "2025-07-03 12:00:00+00:00"),
    ("timestamp with time zone", "5 minutes ago", "2025-06-30 11:55:00+00:00"),
    ("timestamp with time zone", "3 months", None),
    ("time without time zone", "3:45 pm", "15:45:00"),
    ("time without time zone", "25:00", None),
    ("interval", "2h 30m", "2h 30m"),
    ("interval", "later", None),
    ("uuid", "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
    ("inet", "10.0.0.1", "10.0.0.1"),
    ("cidr", "10.0.0.0/8", "10.0.0.0/8"),
    ("cidr", "10.0.0.1/8", None),
    ("json", "[1]", "[1]"),
    ("json", "{", None),
    ("bytea", "abc", None),
    ("character varying(3)", "abcd", None),
    ("text", "  two   words ", "two words"),
    ("text", "N/A", None),
]  # fmt: skip


@pytest.mark.parametrize(("base", "text", "expected"), READINGS)
def test_a_text_is_read_as(base: str, text: str, expected: str | None) -> None:
    kind = Kind(base, max_length=3 if "(3)" in base else None)

    assert read_as(text, kind) == expected


def test_an_enum_label_is_found_without_its_case_and_marks() -> None:
    assert read_as("In Progress", Kind("status", choices=("in_progress", "done"))) == "in_progress"
    assert read_as("Lost", Kind("status", choices=("in_progress", "done"))) is None


def test_a_list_becomes_an_array() -> None:
    assert read_as('red, "blue"', Kind("text", array=True)) == '{"red","\\"blue\\""}'
    assert read_as("1, x", Kind("integer", array=True)) is None


@given(
    st.text(max_size=40),
    st.sampled_from(sorted({base for base, _, _ in READINGS})),
)
def test_any_text_is_read_or_not_without_an_error(text: str, base: str) -> None:
    read = read_as(text, Kind(base))

    assert read is None or "\0" not in read
