"""Types from values and labels together."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.kinds import infer_kind
from ghost_engine.inference.baseline.regions import ControlKind, Field


def field(label: str, *values: str, control: ControlKind = "none") -> Field:
    return Field(label, values, (0, 0, 10, 10), control)


@pytest.mark.parametrize(
    ("label", "values", "type"),
    [
        ("Amount", ("$1,250.00", "$3.10"), "numeric(12,2)"),
        ("Price", ("12", "15"), "numeric(12,2)"),
        ("Fare", ("NOK 84.00", "SEK 12"), "numeric(12,2)"),
        ("Quantity", ("12", "1,500"), "integer"),
        ("Ratio", ("1.5", "2"), "numeric"),
        ("Weight", ("2 kg", "3.5 kg"), "numeric"),
        ("Progress", ("41.7%", "3 %"), "numeric(5,2)"),
        ("Due date", ("2025-01-22", "2025-02-01"), "date"),
        ("Due date", ("Jan 22, 2025", "3 Feb 2025"), "date"),
        ("Due date", (), "date"),
        ("Created", ("2025-01-22 14:53", "2025-02-01 09:00"), "timestamptz"),
        ("Created by", ("engineer",), "text"),
        ("Updated", ("1 month ago", "3 days ago"), "timestamptz"),
        ("Updated", ("5 hours, 40 minutes ago", "1 week and 3 days ago"), "timestamptz"),
        ("Address", ("10.0.0.1", "10.0.0.2"), "inet"),
        ("Prefix", ("10.0.0.0/8", "10.1.0.0/16"), "cidr"),
        ("Active", ("Yes", "No"), "boolean"),
        ("Is visible?", (), "boolean"),
        ("Phone", ("15551234567",), "text"),
        ("Serial number", ("12345", "67890"), "text"),
        ("E-mail", (), "text"),
        ("Tags", (), "text[]"),
        ("Reads", ("12,345,678,901", "2"), "bigint"),
        ("Name", ("Ada", "Grace"), "text"),
        ("Name", (), "text"),
    ],
)
def test_the_type_fits_what_was_read(label: str, values: tuple[str, ...], type: str) -> None:
    assert infer_kind(field(label, *values)).type == type


def test_currencies_and_units_are_noted() -> None:
    assert infer_kind(field("Cost", "€ 5.00", "€ 7.50")).note == "in €"
    assert infer_kind(field("Weight", "2 kg", "3 kg")).note == "in kg"
    assert infer_kind(field("Cost", "€ 5.00", "$ 7.50")).note == ""


def test_a_status_seen_with_two_values_is_a_closed_set() -> None:
    kind = infer_kind(field("Status", "Paid", "Failed", "Paid", "Paid"))
    assert kind.choices == ("Paid", "Failed")
    assert infer_kind(field("Status", "Paid", "Paid")).choices == ()
    assert infer_kind(field("City", "Rome", "Rome", "Oslo", "Oslo")).choices == ()


def test_controls_tell_too() -> None:
    assert infer_kind(field("Newsletter", control="checkbox")).type == "boolean"
    assert infer_kind(field("Anything", control="textarea")).type == "text"


def test_empty_marks_are_not_values() -> None:
    assert infer_kind(field("Children", "—", "12", "—")).type == "integer"


def test_more_evidence_is_more_confidence() -> None:
    seen, guessed = infer_kind(field("Due date", "2025-01-22")), infer_kind(field("Due date"))
    assert seen.confidence > guessed.confidence
