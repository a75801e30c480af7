"""A person at the playground: drop, read, edit, ask, download, come back."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
READ_MS = 60_000  # a read, on a machine that is busy with other things
Settle = Callable[[Page], None]
Example = Callable[[str], Path]


FORMS = {
    "SQL (.sql)": "create table",
    "Mermaid (.mmd)": "erdiagram",
    "Graphviz (.dot)": "digraph",
    "Schema (.json)": "{",
    "Diagram (.svg)": "<svg",
    "Page to share (.html)": "<!doctype html>",
}


def editor(page: Page, label: str = "SQL of the schema") -> Locator:
    return page.get_by_label(label, exact=True)


def chip(page: Page, words: str) -> Locator:
    return page.locator(".stMarkdownBadge").filter(has_text=words).first


def drop(page: Page, file: Path) -> None:
    """Uploads a file and waits for its schema."""
    page.goto("/playground")
    page.locator("input[type=file]").set_input_files(file)
    editor(page).wait_for(timeout=READ_MS)


def append(page: Page, text: str) -> None:
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


@pytest.fixture(scope="module")
def read(shared_page: Page, example: Example, settle: Settle) -> Page:
    """The orders screen, read once for those who change nothing of the schema."""
    drop(shared_page, example("orders"))
    settle(shared_page)
    return shared_page


@pytest.fixture
def orders(page: Page, example: Example, settle: Settle) -> Page:
    """The orders screen, read."""
    drop(page, example("orders"))
    settle(page)
    return page


def test_a_dropped_screenshot_becomes_a_schema_that_runs(read: Page) -> None:
    expect(editor(read)).to_contain_text("CREATE TABLE orders")
    expect(chip(read, "Runs")).to_be_visible()
    expect(chip(read, "OCR and rules, no large model")).to_be_visible()


def test_an_edit_that_fails_is_marked_at_its_line_and_can_be_taken_back(orders: Page) -> None:
    append(orders, "\nCREATE TABLE oops (id nonsense);")

    marker = orders.locator(".cm-lint-marker-error")
    expect(marker).to_have_count(1)
    expect(chip(orders, "Fails")).to_be_visible()
    lines = editor(orders).locator(".cm-line").count()
    expect(chip(orders, f"Line {lines}")).to_be_visible()
    expect(orders.locator(".cm-lintRange-error")).to_have_text("nonsense")
    marker.hover()
    expect(orders.locator(".cm-tooltip-lint")).to_contain_text('"nonsense" does not exist')

    orders.get_by_role("button", name="Back to the draft").click()

    expect(editor(orders)).not_to_contain_text("oops")
    expect(chip(orders, "Runs")).to_be_visible()
    expect(marker).to_have_count(0)


def test_an_edit_survives_other_pages_and_a_reload(orders: Page) -> None:
    append(orders, "\nCREATE TABLE kept (id int);")
    expect(chip(orders, "Edited")).to_be_visible()

    orders.get_by_role("link", name="Home").click()
    expect(orders.get_by_role("button", name="Open the playground")).to_be_visible()
    orders.get_by_role("link", name="Playground").click()
    expect(editor(orders)).to_contain_text("CREATE TABLE kept")

    orders.reload()
    expect(editor(orders)).to_contain_text("CREATE TABLE kept", timeout=READ_MS)


def test_selecting_a_column_lights_its_box_and_the_other_way_round(read: Page) -> None:
    columns = read.get_by_role("listbox", name="Columns")
    row = columns.get_by_role("option").filter(has_text="order_date")
    box = read.get_by_role("button", name="Select orders.order_date")

    row.click()
    expect(box).to_have_attribute("data-selected", "true")

    read.get_by_role("button", name="Select orders.status").click()
    expect(box).to_have_attribute("data-selected", "false")
    selected = columns.get_by_role("option", selected=True)
    expect(selected).to_contain_text("status")

    columns.focus()
    read.keyboard.press("ArrowDown")
    expect(selected).to_contain_text("total")


def test_the_screenshot_zooms_and_keeps_its_zoom_over_reruns(orders: Page, settle: Settle) -> None:
    percent = orders.get_by_label("Zoom now").first
    fitted = percent.text_content()
    orders.get_by_role("button", name="100 %").first.click()
    expect(percent).to_have_text("100 %")

    append(orders, "\n-- a remark")
    expect(chip(orders, "Edited")).to_be_visible()
    expect(percent).to_have_text("100 %")

    orders.locator("[data-stage]").first.focus()
    orders.keyboard.press("0")
    expect(percent).to_have_text(fitted or "")


def test_a_question_is_answered_and_a_wrong_one_explained(read: Page) -> None:
    read.get_by_role("tab", name="Ask the schema").click()
    question = editor(read, "Your question, one SELECT")
    question.click()
    read.keyboard.press("Control+a")
    read.keyboard.type("SELECT count(*) FROM orders")
    read.keyboard.press("Control+Enter")
    expect(read.get_by_text("1 row,")).to_be_visible()

    read.keyboard.press("Control+a")
    read.keyboard.type("SELECT nothing FROM orders")
    read.keyboard.press("Control+Enter")
    expect(read.get_by_text('column "nothing" does not exist').first).to_be_visible()
    expect(read.locator(".cm-lintRange-error")).to_have_text("nothing")


def test_every_form_can_be_downloaded_and_the_one_to_share_asks_for_nothing_outside(
    read: Page, tmp_path: Path
) -> None:
    read.get_by_role("button", name="Download", exact=True).click()

    for label, start in FORMS.items():
        with read.expect_download() as download:
            read.get_by_role("button", name=label).click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        assert file.read_text().lstrip().lower().startswith(start), file.name
    assert {file.name for file in tmp_path.iterdir()} == {
        f"orders.{suffix}" for suffix in ("sql", "mmd", "dot", "json", "svg", "html")
    }

    requests: list[str] = []
    shared = read.context.new_page()
    shared.on("request", lambda request: requests.append(request.url))
    shared.goto((tmp_path / "orders.html").as_uri())

    expect(shared.get_by_role("cell", name="order_number").first).to_be_visible()
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


def test_a_pasted_picture_is_read(page: Page, example: Example, settle: Settle) -> None:
    page.goto("/playground")
    page.locator("body[data-pasting=on]").wait_for(state="attached")
    settle(page)
    data = base64.b64encode(example("customer_form").read_bytes()).decode()

    page.evaluate(
        """async (data) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const parcel = new DataTransfer();
            parcel.items.add(new File([bytes], "image.png", { type: "image/png" }));
            document.body.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: parcel, bubbles: true }));
        }""",
        data,
    )

    expect(editor(page)).to_contain_text("first_name", timeout=READ_MS)
    expect(page.get_by_text("pasted-")).to_be_visible()


def test_text_named_png_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    notes = tmp_path / "notes.png"
    notes.write_text("not a picture")
    page.goto("/playground")
    page.locator("input[type=file]").set_input_files(notes)

    expect(page.get_by_text("notes.png").last).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_two_screenshots_become_one_schema(page: Page, example: Example) -> None:
    page.goto("/playground")
    page.locator("input[type=file]").set_input_files([example("orders"), example("customer_form")])
    expect(editor(page)).to_contain_text("order_number", timeout=READ_MS)
    expect(editor(page)).to_contain_text("first_name")

    page.get_by_role("button", name="Fit").first.wait_for()
    page.get_by_text("2. customer_form.png", exact=True).click()
    expect(page.get_by_role("img", name="customer_form.png")).to_be_visible()
