"""What labels and values point at."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.ddl import write_ddl
from ghost_engine.inference.baseline.entities import Entity
from ghost_engine.inference.baseline.references import find_reference
from ghost_engine.inference.baseline.regions import Field, Region
from ghost_engine.inference.baseline.relations import Finding, plan_tables
from ghost_engine.inference.baseline.targets import Subject

BOX = (0, 0, 10, 10)
PEOPLE = ("Ann Lee", "Ben Cole", "Ann Lee")


def field(label: str, *values: str) -> Field:
    return Field(label, values, BOX)


def plan(entity: str, *fields: Field, nouns: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """The columns of each table, a reference as "column>table"."""
    region = Region("table", fields, BOX, 0.9)
    tables = plan_tables([Finding(region, Entity(entity, "a test", 0.9), 0, nouns)])
    return {
        table.name: [
            column.name + (f">{column.references}" if column.references else "")
            for column in table.columns
        ]
        for table in tables
    }


@pytest.mark.parametrize("label", ["Tags", "Labels", "Keywords"])
def test_what_marks_rows_is_listed_in_a_table_of_its_own(label: str) -> None:
    found = find_reference(Field(label, ("api", "urgent, api"), BOX), Subject("ticket"))

    assert found is not None
    assert (found.kind, found.target) == ("many", label.lower().removesuffix("s"))
    assert find_reference(Field(label, ("3", "0"), BOX), Subject("ticket")) is None


def test_what_a_company_may_do_is_no_deed_of_an_account() -> None:
    assert find_reference(field("Powered by", "Redmine"), Subject("issue")) is None
    assert find_reference(field("Created by", "the night job, on a new host"), Subject("x")) is None


def test_a_label_that_asks_who_asks_for_an_account() -> None:
    found = find_reference(Field("Who paid?", ("Ana",), BOX, "select"), Subject("bill"))
    assert found is not None and (found.kind, found.target) == ("one", "user")
    several = find_reference(Field("For whom?", ("Ana", "Tom"), BOX, "several"), Subject("bill"))
    assert several is not None and (several.kind, several.target) == ("many", "user")


def test_accounts_shown_by_their_addresses_are_called_so() -> None:
    planned = plan("flag", field("Created by", "hanna@norrkart.se", "ola@norrkart.se"))
    assert planned["users"] == ["id", "email"]


@pytest.mark.parametrize(
    ("label", "values", "target", "column"),
    [
        ("Customer", ("Acme", "Blix"), "customer", "customer"),
        ("Return location", ("Oslo", "Bergen"), "location", "return_location"),
        ("Family doctor", PEOPLE, "doctor", "family_doctor"),
        ("Created by", ("li.wei", "admin"), "user", "created_by"),
        ("Last modified by", ("Tove Halvor Berg",), "user", "last_modified_by"),
        ("Assigned to", PEOPLE, "user", "assigned_to"),
        ("Checked by", PEOPLE, "user", "checked_by"),
        ("Referee", PEOPLE, "user", "referee"),
        ("Customer name", ("Acme", "Blix"), "customer", "customer"),
        ("Parent", ("O-1",), "order", "parent"),
        ("Origin", ("Oslo", "Bergen"), "location", "origin"),
        ("Class booked", ("Small", "Large"), "class", "class"),
        ("Contact", PEOPLE, "contact", "contact"),
        ("Section", ("North", "North", "South", "North"), "section", "section"),
        ("Tracker", ("Bug", "Feature", "Bug", "Bug"), "tracker", "tracker"),
    ],
)
def test_a_label_names_the_table_it_points_at(
    label: str, values: tuple[str, ...], target: str, column: str
) -> None:
    found = find_reference(field(label, *values), Subject("order"))
    assert found is not None
    assert (found.target, found.column) == (target, column)


@pytest.mark.parametrize(
    ("label", "values"),
    [
        ("Order", ("O-1", "O-2")),
        ("Contact person", PEOPLE),
        ("City", ("Rome", "Oslo")),
        ("Age group", ("U15", "U17")),
        ("Section", ("North", "East", "South", "West")),
        ("Activity", ("1.11", "prod", "crm")),
        ("Note from customer", ("Leave at the door", "Ring twice")),
        ("Project", ("Jan 3, 2026", "Jan 4, 2026")),
        ("Product", ("This one is far too long to be a name", "And this is one more sentence")),
    ],
)
def test_a_value_of_the_row_itself_points_at_nothing(label: str, values: tuple[str, ...]) -> None:
    assert find_reference(field(label, *values), Subject("order")) is None


def test_an_organisation_has_a_contact_who_is_no_row() -> None:
    assert find_reference(field("Contact", *PEOPLE), Subject("supplier")) is None


def test_from_and_to_name_places_where_both_are_shown() -> None:
    subject = Subject("movement", frozenset(), frozenset({"from", "to"}))
    found = find_reference(field("From", "A-1", "B-2"), subject)
    assert found is not None and (found.target, found.column) == ("location", "from_location")
    assert find_reference(field("From", "Jan 3, 2026", "Jan 4, 2026"), subject) is None
    assert find_reference(field("From", "A-1", "B-2"), Subject("movement")) is None


def test_what_the_application_lists_is_believed() -> None:
    subject = Subject("deal", frozenset({"stage", "agent"}))
    stage = find_reference(field("Stage", "Won", "Lost"), subject)
    owner = find_reference(field("Owner", *PEOPLE), subject)
    assert stage is not None and stage.target == "stage"
    assert owner is not None and owner.target == "agent"
    assert find_reference(field("Stage", "Won", "Lost"), Subject("deal")) is None


def test_what_has_no_label_points_at_what_the_application_lists() -> None:
    company = Field("Company", ("Initech", "Acme"), BOX, read=False)
    assert find_reference(company, Subject("contact", frozenset())) is None
    found = find_reference(company, Subject("contact", frozenset({"company"})))
    assert found is not None and (found.target, found.column) == ("company", "company")


def test_an_employees_manager_is_an_employee() -> None:
    found = plan("employee", field("Name", *PEOPLE), field("Reports to", *PEOPLE))
    assert found == {"employees": ["id", "name", "manager_id>employees"]}


def test_what_stands_beside_a_reference_is_a_column_of_its_table() -> None:
    found = plan("order", field("Coach", *PEOPLE), field("Coach licence level", "A", "B"))
    assert found["orders"] == ["id", "coach_id>coaches"]
    assert "licence_level" in found["coaches"]


def test_counted_rows_refer_back() -> None:
    found = plan("article", field("Title", "One", "Two"), field("Comments", "0", "3"))
    assert found["articles"] == ["id", "title"]
    assert found["comments"] == ["id", "article_id>articles"]


def test_a_thing_is_believed_where_more_of_it_is_shown() -> None:
    model, number = field("Model", "T480"), field("Model no.", "20L5")
    assert plan("asset", model, field("Serial", "PF-1"))["assets"] == ["id", "model", "serial"]
    assert plan("asset", model, number)["assets"] == ["id", "model_id>models"]


def test_what_each_row_counts_refers_back_to_it() -> None:
    counts = (field("answer count", "0", "3"), field("vote count", "6", "2"))
    found = plan("question", field("Title", "One", "Two"), *counts)
    assert found["questions"] == ["id", "title", "vote_count"]
    assert found["answers"] == ["id", "question_id>questions"]


def test_several_who_have_accounts_join_two_tables() -> None:
    found = plan("issue", field("Assignees", "Ann Lee, Ben Cole"))
    assert set(found) == {"issues", "users", "issue_assignees"}


def test_an_account_nobody_is_seen_of_has_one_name() -> None:
    said = Field("User", (), BOX, read=False, target="user")
    region = Region("table", (said,), BOX, 0.9)
    tables = plan_tables([Finding(region, Entity("comment", "a test", 0.9), 0)])
    assert [column.name for column in tables[1].columns] == ["id", "name"]


def test_what_is_measured_counts_no_rows_even_where_the_navigation_lists_it() -> None:
    columns = (field("Title", "One", "Two"), field("Points", "48", "25"))
    assert plan("entrant", *columns, nouns=frozenset({"point"}))["entrants"][1:] == [
        "title",
        "points",
    ]


def test_several_names_in_a_cell_make_a_table_between() -> None:
    teachers = field("Teachers", "Ann Lee, Ben Cole", "Ann Lee")
    found = plan("course", field("Title", "One", "Two"), teachers)
    assert found["course_teachers"] == ["course_id>courses", "teacher_id>teachers"]
    assert found["teachers"][0] == "id"


@pytest.mark.parametrize(
    ("label", "values", "names"),
    [
        ("Customer", PEOPLE, ["first_name", "last_name"]),
        ("Coach", PEOPLE, ["full_name"]),
        ("Customer", ("Acme Ltd", "Blix"), ["name"]),
        ("Invoice", ("INV-0012", "INV-0013"), ["number"]),
        ("Room", ("B-12", "C-3"), ["code"]),
        ("Task", ("Paint the wall", "Order lamps"), ["title"]),
    ],
)
def test_rows_are_called_by_what_their_values_are(
    label: str, values: tuple[str, ...], names: list[str]
) -> None:
    found = plan("payment", field(label, *values))
    lookup = next(columns for table, columns in found.items() if table != "payments")
    assert lookup == ["id", *names]


def test_a_foreign_label_is_kept_beside_its_english_name() -> None:
    kunde = Field("Kunde", ("Acme",), BOX, english="customer")
    region = Region("table", (kunde,), BOX, 0.9)
    tables = plan_tables([Finding(region, Entity("invoice", "a test", 0.9), 0)])
    column = tables[0].columns[1]
    assert (column.name, column.references, column.label) == ("customer_id", "customers", "Kunde")


def test_plural_labels_of_known_things_join_two_tables() -> None:
    tables = plan("lease", field("Tenants", "Acme", "Blix"))
    assert tables["lease_tenants"] == ["lease_id>leases", "tenant_id>tenants"]


def test_an_empty_input_under_a_plural_label_takes_several_rows() -> None:
    roles = Field("Device roles", (), BOX, control="input")
    assert "release_roles" in plan("release", roles)
    assert plan("release", Field("Device roles", (), BOX))["releases"] == ["id", "device_roles"]


def test_users_listed_under_a_record_are_those_with_accounts() -> None:
    listed = (field("Username", "ann", "ben"), field("Email", "ann@x.org"), field("Role", "Lead"))
    found = plan("project_user", *listed)
    assert found["project_users"] == ["id", "user_id>users", "role"]
    assert found["users"] == ["id", "username", "email"]


def test_dates_are_named_by_what_they_say() -> None:
    days = ("Jan 3, 2026", "Jan 4, 2026")
    tables = plan("loan", field("From", *days), field("Returned", *days), field("Start", *days))
    assert tables["loans"] == ["id", "from_date", "returned_on", "start_date"]


def test_a_text_that_nothing_names_is_left_out() -> None:
    text = Field("Subtitle", ("of oak", "of pine"), BOX, read=False)
    assert plan("chair", field("Name", "A", "B"), text)["chairs"] == ["id", "name"]


def test_addresses_of_machines_name_nobody() -> None:
    assert find_reference(field("Host", "shop.com", "api.shop.com"), Subject("cookie")) is None


def test_nothing_belongs_to_what_has_no_name() -> None:
    region = Region("table", (field("Note", "One", "Two"),), BOX, 0.9)
    token = Finding(region, Entity("token", "a test", 0.9), 0, parent="record")
    assert [column.name for column in plan_tables([token])[0].columns] == ["id", "note"]


def test_seasons_are_called_by_name_though_they_are_years() -> None:
    assert plan("match", field("Season", "2025/26", "2024/25"))["seasons"] == ["id", "name"]


def test_a_table_keeps_the_word_of_the_screen_in_its_comment() -> None:
    region = Region("table", (field("Name", "A", "B"),), BOX, 0.9)
    translated = Finding(region, Entity("shift", 'the title "Turnos"', 0.9), 0)
    plain = Finding(region, Entity("order", 'the button "New order"', 0.9), 0)
    script = write_ddl(plan_tables([translated, plain]))
    assert "COMMENT ON TABLE shifts IS 'Turnos';" in script
    assert "COMMENT ON TABLE orders" not in script


def test_several_names_in_one_value_are_many_rows_however_long_their_list() -> None:
    value = "ams01-rt-01, ams01-rt-02, ang01-rt-01, and 157 other devices"

    reference = find_reference(field("Devices", value), Subject("notice", frozenset(), frozenset()))

    assert reference is not None
    assert (reference.kind, reference.target) == ("many", "device")


def test_a_label_may_name_the_key_of_its_own_row() -> None:
    shown = plan("order_line", field("Line ID", "7", "8"), field("Customer ID", "3", "4"))
    assert shown["order_lines"] == ["id", "customer_id"]


def test_icons_under_actions_are_no_data() -> None:
    assert plan("bill", field("Amount", "7.50"), field("Actions", "0x"))["bills"] == [
        "id",
        "amount",
    ]


def test_values_that_begin_with_a_number_are_rows_of_another_table() -> None:
    issues = ("Bug #13: Login page times out over the VPN", "Feature #5: Export the report as PDF")
    found = find_reference(field("Issue", *issues), Subject("time_entry"))
    assert found is not None
    assert (found.kind, found.target) == ("one", "issue")
    assert find_reference(field("Motto", "Be kind to all", "Go on"), Subject("user")) is None


def test_tags_in_a_column_are_rows_that_others_are_marked_with() -> None:
    shown = plan("flag", field("Tags", "team", "release", "team"))
    assert {"flags", "tags", "flag_tags"} == set(shown)


def test_a_column_is_called_by_what_its_question_asks_for() -> None:
    shown = plan("bill", field("When?", "2026-10-07"), field("How much?", "96.00"))
    assert shown["bills"] == ["id", "date", "amount"]
