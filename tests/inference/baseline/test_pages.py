"""Pages as offices and developers have them: panes, tabs, counts, comments, lists in parts."""

from __future__ import annotations

from PIL import Image, ImageDraw

from ghost_engine.inference.baseline.arbitration import is_a_column
from ghost_engine.inference.baseline.captions import tab_rows
from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.details import find_details
from ghost_engine.inference.baseline.entities import Entity, Named, name_regions
from ghost_engine.inference.baseline.facts import split_facts
from ghost_engine.inference.baseline.filters import as_facets
from ghost_engine.inference.baseline.form_setting import Setting
from ghost_engine.inference.baseline.forms import find_forms
from ghost_engine.inference.baseline.labels import is_action
from ghost_engine.inference.baseline.marks import is_one_of_many
from ghost_engine.inference.baseline.page import Page, split_page
from ghost_engine.inference.baseline.regions import Field, Region, RegionKind
from ghost_engine.inference.baseline.relations import Finding, plan_tables
from ghost_engine.inference.baseline.strips import find_panes
from ghost_engine.inference.baseline.subjects import add_subjects
from ghost_engine.inference.baseline.tables import find_tables
from ghost_engine.inference.baseline.texts import Look, Text

WIDTH, HEIGHT = 1200, 800
DARK, BLUE = (30, 30, 30), (30, 80, 220)


def text(words: str, x: int, y: int, size: float = 14, ink: tuple[int, int, int] = DARK) -> Text:
    box = (x, y, x + 8 * len(words), y + round(1.4 * size))
    return Text(words, box, look=Look(size, 0.2, ink))


def row(y: int, *words: str, left: int = 220, step: int = 100) -> list[Text]:
    return [text(word, left + step * n, y) for n, word in enumerate(words)]


def region(kind: RegionKind, *labels: str, top: int = 300, rows: int = 3) -> Region:
    box = (220, top, 900, top + 100)
    values = tuple(str(number) for number in range(rows))
    return Region(kind, tuple(Field(label, values, box) for label in labels), box, 0.9)


def entities(page: Page, *regions: Region) -> list[str]:
    return [each.entity.name for each in name_regions(page, regions)]


def page_of(*texts: Text) -> Page:
    cells = [text("cell", 220, 420 + 30 * n) for n in range(8)]
    return Page(WIDTH, HEIGHT, (*texts, *cells))


def test_a_filter_among_filters_heads_no_table() -> None:
    chips = row(270, "Amounts", "Currencies", "Payments", "Customers", "Invoices")
    page = page_of(*chips)
    assert is_one_of_many(chips[-1], page)
    assert not is_one_of_many(text("Invoices", 220, 100), page)


def test_the_open_tab_names_the_list_below_it() -> None:
    tabs = row(120, "Overview", "Invoices", "Customers", "Products")
    tabs[1] = text("Invoices", 320, 120, ink=BLUE)
    assert entities(page_of(*tabs), region("table", "Number", "Due")) == ["invoice"]


def test_what_the_page_counts_is_what_it_lists() -> None:
    page = page_of(text("1-20 of 312 orders", 220, 740))
    assert entities(page, region("table", "Number", "Due")) == ["order"]


def test_a_number_at_the_top_says_what_one_record_is() -> None:
    page = page_of(text("Ticket #48213", 220, 30))
    assert entities(page, region("form", "Brand", "Type", rows=1)) == ["ticket"]


def test_lines_below_a_record_name_the_record() -> None:
    page = page_of(text("Create invoice", 900, 30), text("Order lines", 220, 380, 16))
    record = region("detail", "Customer", "Terms", top=100, rows=1)
    lines = region("table", "Product", "Quantity", top=420)
    assert entities(page, record, lines) == ["order", "order_line"]


def test_tables_with_the_same_columns_are_parts_of_one_list() -> None:
    page = page_of(
        text("Tasks", 220, 20, 24), text("Kitchen", 220, 270, 18), text("Gardens", 220, 570, 18)
    )
    parts = [region("table", "Due", "Effort", "State", top=top) for top in (300, 600)]
    assert entities(page, *parts) == ["task", "task"]


def test_a_pane_with_dates_and_addresses_is_no_navigation() -> None:
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    ImageDraw.Draw(image).line((300, 0, 300, HEIGHT), fill=(225, 225, 225))
    left = ["Email", "ann@lee.org", "Phone", "+1 617 555 0188", "Last seen", "11/18/2025 3:04 PM"]
    texts = [text(words, 20, 100 + 40 * n) for n, words in enumerate(left)]
    texts += [text("Note", 340 + 200 * (n % 3), 100 + 40 * n) for n in range(9)]
    assert split_page(texts, [], image).left == 0


def test_panes_are_read_one_by_one() -> None:
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    ImageDraw.Draw(image).line((600, 0, 600, HEIGHT), fill=(225, 225, 225))
    body = [text("left", 40, 100 + 40 * n) for n in range(5)]
    body += [text("right", 640, 100 + 40 * n) for n in range(5)]
    page = Page(WIDTH, HEIGHT, tuple(body))
    assert [{each.text for each in pane.body} for pane in find_panes(page, image)] == [
        {"left"},
        {"right"},
    ]
    blank = Image.new("RGB", (WIDTH, HEIGHT), "white")
    assert find_panes(page, blank) == (page,)


def test_times_beside_lines_are_a_column_and_no_record() -> None:
    box = (0, 0, 9, 9)
    said = [("Ann", "14:21"), ("Agenda", ""), ("Bo", "13:58"), ("Re: Flat", ""), ("Cy", "22 Nov")]
    lines = [*said, ("Receipt", ""), ("Di", "21 Nov")]
    mail = tuple(Field(label, (value,) if value else (), box) for label, value in lines)
    assert is_a_column(Region("detail", mail, box, 0.9))
    record = tuple(Field(label, (value,), box) for label, value in said if value)
    assert not is_a_column(Region("detail", record, box, 0.9))


def test_the_title_of_a_record_is_its_name_and_a_reply_box_means_comments() -> None:
    page = page_of(
        text("Drafts vanish after update", 220, 60, 26), text("Leave a comment...", 220, 700)
    )
    record = Named(region("detail", "State", "Effort", rows=1), Entity("issue", "", 0.9))
    first, comments = add_subjects(page, [record])
    assert first.region.fields[0].values == ("Drafts vanish after update",)
    assert (comments.entity.name, comments.parent) == ("comment", "issue")


def test_headings_that_count_are_what_belongs_to_a_record() -> None:
    page = page_of(text("Deals (2)", 900, 120), text("Draft (2)", 900, 220), text("Add", 1000, 120))
    record = Named(region("detail", "Email", "Phone", rows=1), Entity("contact", "", 0.9))
    _, deals = add_subjects(page, [record])
    assert (deals.entity.name, deals.parent) == ("deal", "contact")
    _, watchers = add_subjects(page_of(text("Watchers (2)", 900, 120)), [record])
    assert [field.target for field in watchers.region.fields] == ["user"]


def test_tabs_over_filters_are_no_labels() -> None:
    boxes = [Control("box", (220 + 150 * n, 150, 340 + 150 * n, 180)) for n in range(4)]
    tabs = (*row(125, "Open", "Review", "Closed", "Archived", "All"),)
    assert tab_rows(boxes, Setting(tabs, tabs, tuple(boxes), (), 14)) == frozenset(tabs)
    labels = (*row(125, "State", "Kind", "Owner", "Team", step=150),)
    assert not tab_rows(boxes, Setting(labels, labels, tuple(boxes), (), 14))


def test_a_column_without_a_label_is_read_beside_its_neighbour() -> None:
    body = row(100, "Amount", "Method", "Date", left=60, step=300)
    for number, (amount, state) in enumerate(
        [("$9.00", "Paid"), ("$1,200.00", "Failed"), ("$12.50", "Paid"), ("$3.00", "Paid")]
    ):
        body += [text(amount, 60, 140 + 40 * number), text(state, 220, 140 + 40 * number)]
        body += row(140 + 40 * number, "Card", "Nov 21", left=360, step=300)
    page = Page(WIDTH, HEIGHT, tuple(body))
    (table,) = find_tables(page, Image.new("RGB", (WIDTH, HEIGHT), "white"))
    assert [field.label for field in table.fields] == ["Amount", "Status", "Method", "Date"]
    assert table.fields[1].values == ("Paid", "Failed", "Paid", "Paid")


def test_a_dot_parts_two_facts() -> None:
    facts = split_facts(text("Ann Lee · 3 items", 10, 10))
    assert [fact.text for fact in facts] == ["Ann Lee", "3 items"]


def test_boxes_side_by_side_without_a_space_are_tabs() -> None:
    widths = [70, 90, 60, 110, 80]
    lefts = [220 + sum(widths[:n]) + 3 * n for n in range(5)]
    boxes = [Control("box", (x, 80, x + w, 108)) for x, w in zip(lefts, widths, strict=True)]
    words = ("News", "Issues", "Wiki", "Documents", "Files")
    texts = [text(word, x + 8, 84) for word, x in zip(words, lefts, strict=True)]
    assert find_forms(Page(WIDTH, HEIGHT, tuple(texts)), boxes[1:]) == ()


def test_labels_that_filter_are_the_lists_columns() -> None:
    box = (0, 0, 9, 9)
    fields = tuple(Field(f"By {word}", ("All Yes No",), box) for word in ("status", "owner"))
    facets = as_facets(Region("detail", fields, box, 0.9))
    assert facets.kind == "filter"
    assert [field.label for field in facets.fields] == ["Status", "Owner"]
    record = Region("detail", (*fields, Field("State", ("New",), box)), box, 0.9)
    assert as_facets(record) is record


def test_a_start_date_is_no_button() -> None:
    assert is_action("Start sprint") and not is_action("Start date:")


def test_a_value_ends_where_the_next_pane_begins() -> None:
    body: list[Text] = []
    for number, (label, value) in enumerate(
        [
            ("Serial", "C02XK1"),
            ("Supplier", "Northside"),
            ("Cost", "USD 2,399.00"),
            ("Notes", "New"),
        ]
    ):
        y = 100 + 40 * number
        body += [Text(label, (60, y, 130, y + 20), look=Look(14, 0.4, DARK)), text(value, 220, y)]
        body.append(text("Check in", 900, y))
    (record,) = find_details(Page(WIDTH, HEIGHT, tuple(body)), ())
    assert [field.values[0] for field in record.fields][:2] == ["C02XK1", "Northside"]


def test_numbers_under_the_name_of_the_rows_are_their_numbers() -> None:
    rows = Region(
        "table", (Field("Ticket", ("118204", "118199"), (0, 0, 9, 9)),), (0, 0, 9, 9), 0.9
    )
    (table,) = plan_tables([Finding(rows, Entity("ticket", "", 0.9), 0)])
    assert [column.name for column in table.columns] == ["id", "number"]
