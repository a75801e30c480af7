"""What has no label is named by what such rows usually have beside them."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.references import find_reference
from ghost_engine.inference.baseline.regions import Field
from ghost_engine.inference.baseline.targets import Subject
from ghost_engine.inference.baseline.unlabelled import load_knowledge, name_unlabelled

NAME = Field("Name", ("INV-1", "INV-2", "INV-3"), (0, 0, 1, 1), read=False)
AMOUNT = Field("Amount", ("$5.00", "$6.00", "$7.00"), (0, 0, 1, 1), read=False)


def unread(label: str, *values: str) -> Field:
    return Field(label, values, (0, 0, 1, 1), read=False)


def labels(*fields: Field, noun: str, listed: tuple[str, ...] = ()) -> list[str]:
    return [field.label for field in name_unlabelled(fields, noun, frozenset(listed))]


def test_a_name_beside_an_invoice_is_of_the_client_the_application_lists() -> None:
    companies = unread("Category", "Grimes Group", "Casper, Mayer a...", "Hahn Ltd.")
    fields = name_unlabelled((NAME, companies, AMOUNT), "invoice", frozenset({"client", "team"}))
    reference = find_reference(fields[1], Subject("invoice", frozenset({"client"})))
    assert reference is not None and reference.target == "client"


def test_what_the_application_lists_goes_before_what_is_likeliest() -> None:
    texts = unread("Subtitle", "Platform", "Identity", "Billing")
    assert labels(NAME, texts, noun="incident") == ["Name", "Service"]
    assert labels(NAME, texts, noun="incident", listed=("team",)) == ["Name", "Team"]


def test_people_are_never_taken_for_things() -> None:
    people = unread("Person", "Ann Lee", "Ben Cole", "Cara Doyle")
    assert labels(AMOUNT, people, noun="appointment") == ["Amount", "Patient"]


@pytest.mark.parametrize(
    ("values", "label"),
    [
        (("Male", "Female", "Female"), "Gender"),
        (("Low", "Urgent", "Low"), "Priority"),
        (("Open", "Closed", "Open"), "Status"),
        (("Red", "Blue", "Red"), "Status"),
    ],
)
def test_closed_sets_are_called_by_their_values(values: tuple[str, ...], label: str) -> None:
    assert labels(NAME, unread("Status", *values), noun="thing") == ["Name", label]


def test_lanes_of_deals_are_rows_of_their_own_and_lanes_of_tasks_are_states() -> None:
    lanes = unread("Status", "New", "Qualified", "Won")
    assert labels(NAME, lanes, noun="deal") == ["Name", "Stage"]
    assert labels(NAME, lanes, noun="task") == ["Name", "Status"]


def test_tasks_have_a_date_because_they_are_due_and_lessons_because_they_start() -> None:
    assert labels(NAME, unread("Starts on", "2026-06-01"), noun="work_order") == ["Name", "Due on"]
    moment = unread("Created at", "2026-06-01 09:00")
    assert labels(NAME, moment, noun="lesson") == ["Name", "Starts at"]


def test_what_nothing_tells_is_left_out_while_two_others_remain() -> None:
    strange = unread("Subtitle", "zeta", "eta", "theta")
    assert labels(NAME, AMOUNT, strange, noun="thing") == ["Name", "Amount"]
    assert labels(NAME, strange, noun="thing") == ["Name", "Subtitle"]


def test_a_loan_is_headed_by_what_is_lent_and_a_book_by_its_title() -> None:
    titles = unread("Name", "The Long Table", "Letters to No One")
    assert labels(titles, AMOUNT, noun="loan") == ["Book", "Amount"]
    assert labels(titles, AMOUNT, noun="book") == ["Name", "Price"]


def test_what_belongs_to_itself_says_nothing() -> None:
    belongs = load_knowledge().belongs
    assert not [noun for noun, others in belongs.items() if noun in others]


def test_lanes_that_are_no_states_are_rows_of_what_the_cards_belong_to() -> None:
    lanes = unread("Status", "Finance", "Purchasing", "Customer Service")
    assert labels(NAME, lanes, noun="employee") == ["Name", "Department"]


def test_an_unknown_row_belongs_to_what_the_application_lists() -> None:
    texts = unread("Subtitle", "Website relaunch", "Mail migration")
    assert labels(NAME, AMOUNT, texts, noun="gizmo", listed=("project", "gizmo"))[-1] == "Project"


def test_units_and_initials_are_no_names() -> None:
    units = unread("Category", "pcs", "kg", "pcs")
    assert labels(NAME, AMOUNT, units, noun="product") == ["Name", "Price"]
