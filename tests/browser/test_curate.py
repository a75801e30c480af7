"""A curator at work: by keyboard, with drafts that survive, and never over another's decision."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from ghost_engine.data.images import read_picture
from ghost_engine.data.records import NewExample, NewSuggestion, Screenshot, Verdict
from ghost_engine.data.store import Store, open_store
from ghost_engine.data.thumbnails import thumbnail
from ghost_engine.sql import check

pytestmark = pytest.mark.browser
EXAMPLES = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "screens"
SLOW_MS = 60_000  # on a machine that is busy with other things
SCRIPTS = {
    "orders": "CREATE TABLE orders (id int PRIMARY KEY, total DATETIME);",
    "customer_form": "CREATE TABLE customers (id int PRIMARY KEY, since DATETIME);",
    "invoice": "CREATE TABLE invoices (\n    id int PRIMARY KEY,\n    sent_on date\n);",
    "projects": "CREATE TABLE tasks (\n    id int PRIMARY KEY,\n    due_on date\n);",
}


@dataclass
class Desk:
    """A server of its own over a store of its own, and the store's door for the test."""

    store: Store
    folder: Path
    port: int
    start: Callable[[int, Path], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        self.process = self.start(self.port, self.folder)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(20)

    def example(self, name: str) -> int:
        """The id of the example of that screen."""
        return next(each.id for each in self.store.iterate() if name in each.screenshot.path)


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory,
    new_port: Callable[[], int],
    serve: Callable[[int, Path], subprocess.Popen[bytes]],
) -> Iterator[Desk]:
    """One server and its store for all tests here: to start one takes as long as a test."""
    folder = tmp_path_factory.mktemp("house")
    with open_store(folder) as store:
        copy(folder / "ghost.db", folder / "empty.db")
        house = Desk(store, folder, new_port(), serve)
        yield house
        house.kill()


@pytest.fixture
def desk(house: Desk) -> Desk:
    """Four examples, two of which fail, before a running server; nothing of earlier tests."""
    copy(house.folder / "empty.db", house.folder / "ghost.db")
    house.store.add_many(example(name, sql) for name, sql in SCRIPTS.items())
    if house.process is None or house.process.poll() is not None:
        house.serve()
    return house


def copy(one: Path, other: Path) -> None:
    """Makes a SQLite store the same as another one, under its running server if need be."""
    with closing(sqlite3.connect(one)) as source, closing(sqlite3.connect(other)) as target:
        source.backup(target)


def example(name: str, sql: str) -> NewExample:
    file = EXAMPLES / f"{name}.png"
    picture = read_picture(file)
    width, height = picture.pixels.size
    data = file.read_bytes()
    shot = Screenshot(picture.content_hash, width, height, len(data), "png", file.name)
    draft = NewSuggestion(sql, "test", verdict=Verdict.of(check(sql)))
    return NewExample(shot, draft, data, thumbnail(picture), domain=name)


@pytest.fixture
def visit(desk: Desk, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the page as somebody; script errors and outside requests fail the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def visit(curator: str = "ana", query: str = "") -> Page:
        context = browser.new_context(
            base_url=desk.address, viewport={"width": 1280, "height": 720}
        )
        contexts.append(context)
        context.set_default_timeout(SLOW_MS)
        context.add_init_script(f"localStorage.setItem('ghost-curator', '{curator}')")
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
        page.on("request", lambda request: troubles.extend(outside(request.url, desk.address)))
        page.goto(f"/curate{query}")
        ready(page, curator)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not troubles


def outside(url: str, server: str) -> list[str]:
    local = url.startswith((server, "data:", "blob:"))
    return [] if local else [f"request to {url}"]


def ready(page: Page, curator: str = "ana") -> None:
    editor(page).wait_for(timeout=SLOW_MS)
    expect(page.get_by_label("Curator", exact=True)).to_have_value(curator, timeout=SLOW_MS)
    page.locator("body[data-keys=on]").wait_for(state="attached")
    settled(page)


def settled(page: Page) -> None:
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(
        timeout=SLOW_MS
    )


def editor(page: Page) -> Locator:
    return page.get_by_label("SQL of the example", exact=True)


def shown(page: Page, example_id: int) -> None:
    """Waits until this example is open."""
    expect(page.get_by_text(f"#{example_id}", exact=True)).to_be_visible(timeout=SLOW_MS)


def state(page: Page) -> Locator:
    """Where the typed text is."""
    return page.locator("[data-state]")


def replace(page: Page, text: str) -> None:
    """Types over everything, as a person would."""
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_a_draft_that_runs_is_approved_with_one_key_and_taken_back_with_another(
    desk: Desk, visit: Callable[..., Page]
) -> None:
    number = desk.example("invoice")
    page = visit(query=f"?example={number}")

    page.keyboard.press("a")
    expect(page.get_by_text(f"#{number}", exact=True)).to_have_count(0, timeout=SLOW_MS)
    assert desk.store.get(number).status == "approved"
    assert desk.store.get(number).review.reviewer == "ana"  # type: ignore[union-attr]

    page.keyboard.press("u")
    shown(page, number)
    assert desk.store.get(number).status == "new"


def test_an_edit_is_saved_and_approved_in_one_chord(desk: Desk, visit: Callable[..., Page]) -> None:
    number = desk.example("orders")
    page = visit(query=f"?example={number}")
    better = "CREATE TABLE orders (id int PRIMARY KEY, total numeric);"

    replace(page, better)
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text(f"#{number}", exact=True)).to_have_count(0, timeout=SLOW_MS)
    saved = desk.store.get(number)
    assert (saved.sql, saved.status) == (better, "approved")
    assert saved.verdict is not None and saved.verdict.executes


def test_letters_typed_into_the_sql_are_text_and_escape_keeps_it(
    desk: Desk, visit: Callable[..., Page]
) -> None:
    number = desk.example("invoice")
    page = visit(query=f"?example={number}")

    page.keyboard.press("e")
    page.keyboard.press("Control+End")
    page.keyboard.type("\n-- axwpu")
    page.keyboard.press("Escape")

    expect(editor(page)).to_contain_text("-- axwpu")
    expect(state(page)).to_contain_text("Draft saved", timeout=SLOW_MS)
    assert desk.store.get(number).status == "new"
    draft = desk.store.draft(number, "ana")
    assert draft is not None and draft.sql.endswith("-- axwpu")


def test_approving_what_fails_asks_why(desk: Desk, visit: Callable[..., Page]) -> None:
    number = desk.example("orders")
    page = visit(query=f"?example={number}")

    page.keyboard.press("a")
    expect(page.get_by_role("dialog")).to_contain_text("does not run", timeout=SLOW_MS)
    expect(page.get_by_label("Why")).to_be_focused(timeout=SLOW_MS)
    settled(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Say why", timeout=SLOW_MS)
    settled(page)
    assert desk.store.get(number).status == "new"

    page.get_by_label("Why").fill("The old server has the type")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=SLOW_MS)
    saved = desk.store.get(number)
    assert saved.status == "approved"
    assert saved.review is not None and saved.review.note == "The old server has the type"


def test_a_reload_keeps_the_draft(desk: Desk, visit: Callable[..., Page]) -> None:
    page = visit(query=f"?example={desk.example('invoice')}")

    replace(page, "CREATE TABLE half_wri")
    page.reload()
    ready(page)

    expect(editor(page)).to_contain_text("half_wri", timeout=SLOW_MS)
    expect(state(page)).to_contain_text("Draft saved", timeout=SLOW_MS)


def test_a_killed_server_loses_no_letter(desk: Desk, visit: Callable[..., Page]) -> None:
    number = desk.example("invoice")
    page = visit(query=f"?example={number}")
    replace(page, "CREATE TABLE before_the_kill (id int);")
    expect(state(page)).to_contain_text("Draft saved", timeout=SLOW_MS)

    desk.kill()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n-- while it was away")
    expect(state(page)).to_contain_text("kept in this browser", timeout=SLOW_MS)
    desk.serve()

    expect(state(page)).to_contain_text("Draft saved", timeout=SLOW_MS)
    expect(editor(page)).to_contain_text("while it was away")
    draft = desk.store.draft(number, "ana")
    assert draft is not None and draft.sql.endswith("-- while it was away")

    page.reload()
    ready(page)
    expect(editor(page)).to_contain_text("while it was away", timeout=SLOW_MS)


def test_the_second_of_two_saves_meets_both_texts(desk: Desk, visit: Callable[..., Page]) -> None:
    number = desk.example("invoice")
    ana, ben = visit("ana", f"?example={number}"), visit("ben", f"?example={number}")
    expect(ben.get_by_text("ana is looking at this")).to_be_visible(timeout=SLOW_MS)

    replace(ana, "CREATE TABLE invoices_of_ana (id int PRIMARY KEY);")
    ana.keyboard.press("Control+Enter")
    expect(ana.get_by_text(f"#{number}", exact=True)).to_have_count(0, timeout=SLOW_MS)
    replace(ben, "CREATE TABLE invoices_of_ben (id int PRIMARY KEY);")
    ben.keyboard.press("Control+Enter")

    dialog = ben.get_by_role("dialog")
    expect(dialog).to_contain_text("invoices_of_ana", timeout=SLOW_MS)
    expect(dialog).to_contain_text("invoices_of_ben")
    assert "invoices_of_ana" in desk.store.get(number).sql

    ben.get_by_role("button", name="Keep mine, save over theirs").click()
    expect(dialog).to_have_count(0, timeout=SLOW_MS)
    settled(ben)
    ben.keyboard.press("Control+Enter")
    expect(ben.get_by_text(f"#{number}", exact=True)).to_have_count(0, timeout=SLOW_MS)
    assert "invoices_of_ben" in desk.store.get(number).sql
    texts = [review.sql for review in desk.store.reviews(number)]
    assert any("invoices_of_ana" in text for text in texts)


@pytest.mark.slow  # tests/pages approve all of them, too
def test_all_that_runs_is_approved_at_once_and_taken_back(
    desk: Desk, visit: Callable[..., Page]
) -> None:
    page = visit()

    page.keyboard.press("m")
    page.get_by_role("button", name="Approve all that run: 2 examples").click(timeout=SLOW_MS)
    expect(page.get_by_text("Approved: 2 examples.")).to_be_visible(timeout=SLOW_MS)
    assert desk.store.counts().statuses["approved"] == 2

    settled(page)
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back")).to_be_visible(timeout=SLOW_MS)
    assert desk.store.counts().statuses == {"new": 4}


def test_a_table_is_taken_back_from_the_suggestion(desk: Desk, visit: Callable[..., Page]) -> None:
    number = desk.example("invoice")
    page = visit(query=f"?example={number}")
    changed = SCRIPTS["invoice"].replace("sent_on date", "sent_on timestamptz")
    replace(page, changed + "\nCREATE TABLE extra (id int PRIMARY KEY);")
    page.keyboard.press("Alt+3")

    expect(page.get_by_text("extra", exact=True)).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="As suggested").click()
    expect(page.get_by_role("button", name="As suggested")).to_have_count(0, timeout=SLOW_MS)

    draft = desk.store.draft(number, "ana")
    assert draft is not None
    assert draft.sql == SCRIPTS["invoice"] + "\nCREATE TABLE extra (id int PRIMARY KEY);"


def test_what_was_mended_once_is_applied_to_the_others(
    desk: Desk, visit: Callable[..., Page]
) -> None:
    page = visit(query=f"?example={desk.example('orders')}")
    replace(page, SCRIPTS["orders"].replace("DATETIME", "timestamptz"))
    page.keyboard.press("Alt+3")
    page.get_by_role("button", name="Apply to others").click(timeout=SLOW_MS)
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(re.compile("Change type datetime to timestamptz")).click(timeout=SLOW_MS)
    dialog.get_by_role("button", name="Preview").click(timeout=SLOW_MS)
    expect(dialog).to_contain_text("1 would run that fail now", timeout=SLOW_MS)

    dialog.get_by_role("button", name="Apply to 1 example").click()
    expect(dialog).to_have_count(0, timeout=SLOW_MS)
    number = desk.example("customer_form")
    corrected = desk.store.get(number)
    assert corrected.sql == SCRIPTS["customer_form"].replace("DATETIME", "timestamptz")
    assert corrected.verdict is not None and corrected.verdict.executes

    settled(page)
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back")).to_be_visible(timeout=SLOW_MS)
    assert desk.store.get(number).sql == SCRIPTS["customer_form"]


def test_the_queue_is_walked_and_opened_by_keyboard(desk: Desk, visit: Callable[..., Page]) -> None:
    page = visit()
    rows = page.frame_locator(".st-key-queue iframe").locator(".ag-center-cols-container .ag-row")
    expect(rows).to_have_count(4, timeout=SLOW_MS)
    third = rows.nth(2).get_attribute("row-id")

    page.keyboard.press("q")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    shown(page, int(third or 0))
    settled(page)
    page.keyboard.press("x")  # in the frame, too
    expect(page.get_by_text(f"#{third}", exact=True)).to_have_count(0, timeout=SLOW_MS)
    assert desk.store.get(int(third or 0)).status == "rejected"


def test_a_chord_in_the_search_field_decides_nothing(
    desk: Desk, visit: Callable[..., Page]
) -> None:
    page = visit(query=f"?example={desk.example('invoice')}")

    page.keyboard.press("/")
    page.keyboard.type("tasks")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("with “tasks”")).to_be_visible(timeout=SLOW_MS)
    page.keyboard.press("Escape")
    settled(page)
    assert desk.store.counts().statuses == {"new": 4}

    page.keyboard.press("j")
    shown(page, desk.example("projects"))


def test_the_picture_is_large_at_a_key_and_stays_so(desk: Desk, visit: Callable[..., Page]) -> None:
    page = visit(query=f"?example={desk.example('invoice')}")
    stage = page.locator("[data-stage]")
    small = stage.evaluate("node => node.clientWidth")

    page.keyboard.press("z")
    page.keyboard.press("j")
    expect(page.get_by_text(f"#{desk.example('invoice')}", exact=True)).to_have_count(
        0, timeout=SLOW_MS
    )
    settled(page)
    assert stage.evaluate("node => node.clientWidth") > 1.5 * small

    page.keyboard.press("z")
    assert stage.evaluate("node => node.clientWidth") == small


def test_after_a_chord_in_the_sql_letters_decide_again(
    desk: Desk, visit: Callable[..., Page]
) -> None:
    number, other = desk.example("orders"), desk.example("customer_form")
    page = visit(query=f"?example={number}")
    replace(page, "CREATE TABLE orders (id int PRIMARY KEY);")

    page.keyboard.press("Control+Enter")
    shown(page, other)
    settled(page)
    page.keyboard.press("w")

    expect(page.get_by_text(f"#{other}", exact=True)).to_have_count(0, timeout=SLOW_MS)
    assert desk.store.get(other).status == "needs_work"
    assert desk.store.draft(other, "ana") is None


def test_what_is_typed_while_a_repair_is_on_its_way_stays(
    desk: Desk, visit: Callable[..., Page]
) -> None:
    number = desk.example("orders")
    page = visit(query=f"?example={number}")
    better = "CREATE TABLE orders (id int PRIMARY KEY, placed_on date);"

    page.keyboard.press("f")
    replace(page, better)
    expect(state(page)).to_contain_text("Draft saved", timeout=SLOW_MS)
    expect(editor(page)).to_contain_text("placed_on")
    settled(page)
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text(f"#{number}", exact=True)).to_have_count(0, timeout=SLOW_MS)
    assert desk.store.get(number).sql == better


def test_a_note_goes_with_the_decision_and_is_read_again(
    desk: Desk, visit: Callable[..., Page]
) -> None:
    number = desk.example("invoice")
    page = visit(query=f"?example={number}")

    page.keyboard.press("n")
    page.keyboard.type("The lines of the invoice are missing")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(page.get_by_text(f"#{number}", exact=True)).to_have_count(0, timeout=SLOW_MS)
    expect(page.get_by_label("Note", exact=True)).to_have_value("")
    review = desk.store.get(number).review
    assert review is not None and review.note == "The lines of the invoice are missing"

    settled(page)
    page.goto(f"/curate?example={number}&status=all")
    ready(page)
    expect(page.get_by_text("ana: The lines of the invoice are missing")).to_be_visible()
