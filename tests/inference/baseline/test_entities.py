"""What a page is about, from all that speaks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ghost_engine.inference.baseline.entities import UNKNOWN, name_regions
from ghost_engine.inference.baseline.page import Page
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.texts import Look, Text

WIDTH, HEIGHT = 1200, 800


def text(words: str, x: int, y: int, size: float = 14) -> Text:
    box = (x, y, x + 8 * len(words), y + round(1.4 * size))
    return Text(words, box, look=Look(size=size))


def region(kind: RegionKind, top: int, *labels: str, rows: int = 3, **more: Text) -> Region:
    values = tuple(str(number) for number in range(rows))
    fields = tuple(Field(label, values, (220, top, 900, top + 200)) for label in labels)
    return Region(kind, fields, (220, top, 900, top + 200), 0.9, **more)


def names(*texts: Text, regions: tuple[Region, ...], **more: Any) -> list[str]:
    cells = tuple(text("cell", 300, 400 + 30 * row) for row in range(6))
    page = Page(WIDTH, HEIGHT, (*texts, *cells), left=200 if more else 0, **more)
    return [each.entity.name for each in name_regions(page, regions)]


def test_the_open_navigation_item_beats_the_applications_name() -> None:
    brand, orders, users = (
        text("Shopwise", 20, 10, 20),
        text("Orders", 20, 60),
        text("Users", 20, 90),
    )
    found = names(
        regions=(region("table", 200, "Number", "Total"),),
        navigation=(brand, orders, users),
        active=(brand, orders),
    )
    assert found == ["order"]


def test_lines_whose_first_label_names_the_record_too_are_called_by_it_alone() -> None:
    record = region("detail", 200, "Schedule", "Owner", "Tags", rows=1)
    lines = region("table", 420, "Dag Run ID", "State", "Duration")
    assert names(text("Dags", 220, 40, 24), regions=(record, lines)) == ["dag", "dag_run"]


def test_a_button_says_what_a_page_makes() -> None:
    top = text("+ New invoice", 1000, 30)
    assert names(top, regions=(region("table", 200, "Number"),)) == ["invoice"]


def test_the_name_of_a_record_is_no_table() -> None:
    person, path = text("Ann Lee", 220, 60, 26), text("Customers / Ann Lee", 220, 20)
    found = names(person, path, regions=(region("detail", 200, "Email", rows=1),))
    assert found == ["customer"]


def test_entries_of_a_menu_bar_are_no_titles() -> None:
    bar = tuple(
        text(words, 260 + 200 * place, 20)
        for place, words in enumerate(("Home", "Customers", "Invoices", "Payments"))
    )
    title = text("Company settings", 220, 80, 22)
    form = region("form", 200, "Footer", rows=1)
    assert names(title, regions=(form,), navigation=bar) == ["company_setting"]


def test_a_numbered_record_is_not_the_applications_name() -> None:
    bar = (text("Shipment SHP849", 220, 10, 22), text("Edit", 1000, 10))
    detail = region("detail", 200, "Carrier", rows=1)
    assert names(regions=(detail,), navigation=bar) == ["shipment"]


def test_a_list_on_the_page_of_one_record_belongs_to_it() -> None:
    title, caption = text("Edit order", 220, 30, 26), text("Payments", 220, 410, 16)
    regions = (
        region("form", 200, "Number", rows=1),
        region("table", 440, "Amount", caption=caption),
    )
    page = Page(WIDTH, HEIGHT, (title, caption, text("cell", 300, 460)))
    main, payments = name_regions(page, regions)
    assert (main.entity.name, main.parent) == ("order", None)
    assert (payments.entity.name, payments.parent) == ("payment", "order")


def test_a_list_of_one_row_belongs_to_the_record_as_well() -> None:
    listed = names(
        text("Edit Client", 600, 20),
        text("Expenses", 220, 270, 18),
        regions=(region("detail", 80, "Phone", "City"), region("table", 300, "Day", "Sum", rows=1)),
    )
    assert listed == ["client", "expense"]


def test_items_of_a_document_are_its_lines() -> None:
    title, caption = text("Order 12", 220, 30, 26), text("Items", 220, 410, 16)
    regions = (
        region("form", 200, "Number", rows=1),
        region("table", 440, "Amount", caption=caption),
    )
    assert names(title, caption, regions=regions) == ["order", "order_line"]


def test_lines_headed_by_a_name_are_about_who_is_named() -> None:
    title = text("Edit allocation", 220, 30, 26)
    regions = (region("form", 200, "Project", rows=1), region("table", 440, "Username", "Email"))
    assert names(title, regions=regions) == ["allocation", "allocation_user"]


def test_what_a_form_asks_another_of_is_not_what_it_is_about() -> None:
    title, tab = text("Choices", 220, 30, 26), text("Add question", 220, 100)
    more = text("+ Add another choice", 220, 420)
    form = region("form", 200, "Date", rows=1)
    assert names(title, tab, more, regions=(form,)) == ["question"]


def test_what_nothing_names_is_about_what_the_page_names_elsewhere() -> None:
    caption = text("Access tokens", 220, 410, 16)
    regions = (region("form", 200, "Note", rows=1), region("table", 440, "Note", caption=caption))
    assert names(caption, regions=regions) == ["access_token", "access_token"]


def test_a_german_page_gets_english_tables() -> None:
    title = text("Rechnungen", 220, 30, 26)
    page = Page(WIDTH, HEIGHT, (title, text("Zelle", 300, 400)))
    named = name_regions(page, (region("table", 200, "Betrag"),), "de")
    assert named[0].entity.name == "invoice"


def test_a_page_that_says_nothing_has_no_name() -> None:
    assert names(regions=(region("table", 200, "Total"),)) == [UNKNOWN]


def test_what_stands_small_over_a_title_says_what_it_names() -> None:
    bar = tuple(text(words, 20, 40 + 40 * n) for n, words in enumerate(("Playlists", "Albums")))
    eyebrow, title = text("Public playlist", 220, 40, 12), text("Roadtrip 2026", 220, 62, 40)
    table = region("table", 200, "Title", "Album")
    assert names(eyebrow, title, regions=(table,), navigation=bar) == ["playlist"]


def test_a_button_of_a_filter_names_nothing() -> None:
    condition = text("+ Add condition", 230, 180)
    count = text("42 participants found", 220, 230)
    listed = region("table", 260, "Email", "Role")
    assert names(condition, count, regions=(listed,)) == ["participant"]
    assert names(condition, text("Edit mode", 1000, 20), regions=(listed,)) == [UNKNOWN]


def test_a_board_of_one_project_holds_what_each_of_its_lists_asks_for() -> None:
    project = text("Acme relaunch", 20, 60)
    asked = [text("+ Add a task", 220 + 200 * place, 700) for place in range(3)]
    board = region("board", 200, "Name", "Date")
    entries = (project, text("Projects", 20, 90), text("Teams", 20, 120))
    title = text("Acme relaunch", 220, 40, 24)
    found = names(title, *asked, regions=(board,), navigation=entries, active=(project,))
    assert found == ["task"]


def test_labels_that_begin_alike_tell_what_they_describe() -> None:
    name = text("Oak standing desk", 220, 40, 24)
    labels = ("Item Code", "Item Name", "Item Group", "Unit")
    assert names(name, regions=(region("form", 200, *labels, rows=1),)) == ["item"]
    labels = ("Start Date", "Start Time", "Start Place", "Unit")
    assert names(regions=(region("form", 200, *labels, rows=1),)) == [UNKNOWN]


def test_the_kind_before_a_records_name_is_what_the_navigation_lists() -> None:
    shown = text("Client: Eleanor Whitfield", 220, 20)
    entries = (text("Clients", 20, 60), text("Reports", 20, 90))
    detail = region("detail", 200, "Email", rows=1)
    found = names(shown, regions=(detail,), navigation=entries, active=())
    assert found == ["client"]


def test_what_a_control_of_a_bar_is_set_to_names_nothing_and_an_open_tab_does() -> None:
    tab = replace(text("Requests", 20, 10), look=Look(size=14, ground=(255, 255, 255)))
    dark = Look(size=14, ink=(255, 255, 255), ground=(40, 40, 60))
    asked = replace(text("Order:", 900, 10), look=dark)
    chosen = replace(text("Newest queries", 955, 10), look=Look(size=14))
    others = (replace(text("Profiling", 120, 10), look=dark), asked)
    found = names(
        regions=(region("table", 200, "Path", "Seconds"),),
        navigation=(tab, *others, chosen),
        active=(tab, chosen),
    )
    assert found == ["request"]


def test_a_title_in_a_header_of_its_own_colour_is_the_applications_name() -> None:
    brand = replace(text("Redhill", 20, 40, 24), look=Look(size=24, ground=(90, 140, 180)))
    title = text("Course overview", 220, 120, 22)
    assert names(brand, title, regions=(region("table", 200, "Number"),)) == ["course"]


def test_an_account_page_is_about_its_user_and_a_form_about_what_its_button_makes() -> None:
    form = region("form", 200, "First name", "Last name")
    assert names(text("My account", 220, 60, 24), regions=(form,)) == ["user"]
    button = text("Save voucher", 220, 420)
    assert names(button, regions=(form,), framed=frozenset({button})) == ["voucher"]


def test_a_sentence_over_data_is_no_caption() -> None:
    said = text("Visible for helpers.", 220, 170)
    assert names(said, regions=(region("table", 200, "Number"),)) == [UNKNOWN]


def test_words_in_the_data_are_no_open_tab() -> None:
    cells = [text(words, 220 + 90 * n, 260) for n, words in enumerate(("Left", "Mid", "Right"))]
    cells[1] = replace(cells[1], look=Look(size=14, ink=(200, 0, 0)))
    assert names(*cells, regions=(region("table", 200, "Number"),)) == [UNKNOWN]


def test_the_title_of_a_form_says_what_it_makes() -> None:
    access, others = text("API access", 20, 60), text("Event log", 20, 90)
    title = text("Create API token", 220, 60, 26)
    form = region("form", 200, "Expires", rows=1)
    found = names(title, regions=(form,), navigation=(access, others), active=(access,))
    assert found == ["api_token"]


def test_a_title_that_tells_the_records_own_name_is_no_table() -> None:
    title = text("Build a radio in an hour – Emil Novak", 220, 60, 26)
    field = Field("Session title", ("Build a radio in an hour",), (220, 200, 900, 240))
    form = Region("form", (field,), field.box, 0.9)
    assert names(title, regions=(form,)) == ["session"]


def test_a_state_before_what_the_navigation_lists_is_no_part_of_its_name() -> None:
    title = text("Unresolved Issues (283)", 220, 80, 22)
    tabs = tuple(text(word, 220 + 120 * n, 20) for n, word in enumerate(("Overview", "Issues")))
    found = names(title, regions=(region("table", 200, "Events"),), navigation=tabs)
    assert found == ["issue"]


def test_what_belongs_to_a_listed_thing_has_its_full_name() -> None:
    title, button = text("Runs", 220, 80, 22), text("New flow run", 1000, 80)
    menu = tuple(text(word, 20, 60 + 30 * n) for n, word in enumerate(("Runs", "Flows")))
    found = names(
        title,
        button,
        regions=(region("table", 200, "State"),),
        navigation=menu,
        active=menu[:1],
    )
    assert found == ["flow_run"]


def test_a_heading_with_a_count_over_a_search_box_names_a_table() -> None:
    heading, search = text("Metrics (3)", 220, 300, 16), text("Search metrics", 240, 340)
    detail = region("detail", 100, "Run ID", rows=1)
    table = replace(region("table", 380, "Metric", "Value"), box=(220, 380, 900, 580))
    title = text("Run 51", 220, 40, 26)
    assert names(title, heading, search, regions=(detail, table)) == ["run", "metric"]


def test_the_step_before_a_number_says_what_the_record_is() -> None:
    path = text("Buying / Purchase Order / PUR-ORD-2026-00018", 220, 20)
    assert names(path, regions=(region("form", 200, "Series", rows=1),)) == ["purchase_order"]


def test_lines_that_begin_with_a_number_are_lines() -> None:
    path = text("Orders / 1207", 220, 20)
    record = region("detail", 120, "Customer", rows=1)
    assert names(path, regions=(record, region("table", 400, "No.", "Rate"))) == [
        "order",
        "order_line",
    ]


def test_settings_that_ask_for_a_name_and_an_address_are_a_users() -> None:
    mine, others = text("Account settings", 20, 60), text("Invoices", 20, 90)
    form = region("form", 200, "First name", "E-mail", rows=1)
    bar = {"navigation": (mine, others), "active": (mine,)}
    assert names(regions=(form,), **bar) == ["user"]
    assert names(regions=(region("form", 200, "Time zone", rows=1),), **bar) != ["user"]
    part = region(
        "form", 200, "Full name", "Email address", rows=1, caption=text("Account", 220, 150)
    )
    assert names(text("Settings", 220, 60, 26), regions=(part,)) == ["user"]


def test_what_folds_the_navigation_or_takes_a_file_names_no_table() -> None:
    fold, others = text("Hide (% + B)", 20, 60), text("Search", 20, 90)
    form = region("form", 200, "Address", rows=1)
    found = names(regions=(form,), navigation=(fold, others), active=(fold,))
    assert found == [UNKNOWN]
    assert names(text("Upload new", 600, 100), regions=(form,)) == [UNKNOWN]
