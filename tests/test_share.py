"""The shared page: one file, everything escaped, nothing loaded, readable in a browser."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ghost_engine.data.images import Picture
from ghost_engine.inference.protocol import Evidence, Result
from ghost_engine.share import share_html
from ghost_engine.sql import check
from ghost_engine.sql.samples import sample_rows

SHOP = """
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total numeric(8,2));
"""
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`${1}&\x07\ud800"


def picture(name: str = "orders.png", size: tuple[int, int] = (640, 400)) -> Picture:
    return Picture(name, "0" * 64, Image.new("RGB", size, "white"))


def result(sql: str = SHOP, columns: tuple[Evidence, ...] = (), **changes: Any) -> Result:
    report = check(sql) if sql else None
    note = "OCR and rules, no large model"
    fields = {"note": note, "model": None, "prompt_version": None} | changes
    return Result(
        engine="baseline",
        title="Built-in engine",
        sql=sql,
        report=report,
        columns=columns,
        seconds=1.25,
        **fields,
    )


READ = (
    Evidence("orders", "id", "int", "every table has a key"),
    Evidence("orders", "total", "numeric(8,2)", "money", 0.87, "Total", (10, 20, 110, 220)),
)


class Reader(HTMLParser):
    """Collects tags, their attributes, and text by tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_the_page_says_what_was_made_by_whom_and_whether_it_runs() -> None:
    text = Reader(share_html(result(columns=READ), [picture()])).text

    assert "Schema of customers, orders" in text and "Built-in engine" in text
    assert "OCR and rules, no large model" in text and "Runs" in text and "1.2 s" in text
    assert "87 %" in text and "“Total”: money" in text and "orders.png, 640 × 400" in text


def test_it_holds_the_sql_the_diagram_and_the_rows() -> None:
    samples = sample_rows(SHOP, {("orders", "total"): ["$12.50"]})

    page = Reader(share_html(result(), [picture()], samples))

    assert SHOP.strip() in page.text and "12.50" in page.text
    assert any(attributes.get("class") == "ghost-er" for _, attributes in page.tags)


def test_boxes_lie_in_the_pixels_of_their_screenshot() -> None:
    columns = (*READ, Evidence("orders", "id", "int", box=(1, 2, 3, 4), image=1))

    page = Reader(share_html(result(columns=columns), [picture(), picture("b.png", (50, 60))]))

    views = [attributes["viewbox"] for tag, attributes in page.tags if tag == "svg"][:2]
    boxes = [
        (attributes["x"], attributes["y"], attributes["width"], attributes["height"])
        for tag, attributes in page.tags
        if tag == "rect" and "data-read" in attributes
    ]
    assert views == ["0 0 640 400", "0 0 50 60"]
    assert boxes == [("10", "20", "100", "200"), ("1", "2", "2", "2")]


def test_a_failing_script_shows_its_errors() -> None:
    page = share_html(result("CREATE TABLE t (a nope)"), [])

    assert "Fails" in page and "type &quot;nope&quot; does not exist" in page and "Line 1" in page


def test_an_empty_result_shows_its_reason() -> None:
    page = Reader(share_html(result("", reason="No table was found."), [picture()]))

    assert "Not checked" in page.text and "No table was found." in page.text
    assert "Schema drafted from orders.png" in page.text and page.count("pre") == 0


def test_a_large_screenshot_is_made_smaller() -> None:
    noise = Image.effect_noise((2400, 1500), 90).convert("RGB")

    page = share_html(result(), [Picture("noise.png", "0" * 64, noise)])

    assert "data:image/jpeg;base64," in page and len(page) < 2_500_000


def test_hostile_content_stays_text() -> None:
    sql = f'CREATE TABLE "{EVIL[:30]}" ("{EVIL[30:60]}" text DEFAULT $${EVIL[:-2]}$$)'.replace(
        "\x07", ""
    )
    columns = (Evidence(EVIL, EVIL, EVIL, EVIL, 0.5, EVIL, (0, 0, 9, 9), 0, (EVIL,)),)
    samples = sample_rows(sql)

    text = share_html(
        result(sql, columns, note=EVIL, model=EVIL, prompt_version=EVIL, reason=EVIL),
        [picture(EVIL)],
        samples,
    )

    page = Reader(text)
    assert page.count("script") == 1 and page.count("img") == 1
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "\x07" not in text and text.encode()


def test_hostile_sql_that_fails_stays_text() -> None:
    page = Reader(share_html(result(f"CREATE TABLE t (a {EVIL[:-1]})"), []))

    assert page.count("script") == 1 and page.count("img") == 0


def test_the_page_points_nowhere_outside() -> None:
    text = share_html(result(columns=READ), [picture()], sample_rows(SHOP))

    outside = re.findall(
        r"""(?:src|href|url|action|@import)\s*[=(]?\s*["']?(?!data:)(\w+:)""", text
    )
    assert outside == []
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text


def test_the_policy_names_the_only_script() -> None:
    import hashlib

    text = share_html(result(), [])
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)

    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        path = "/usr/bin/chromium"
        chromium = play.chromium.launch(
            executable_path=path if Path(path).exists() else None, args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


def opened(browser: Any, folder: Path, text: str, **options: Any) -> tuple[Any, list[str]]:
    """The page in a browser, and everything it complained of or asked for."""
    file = folder / "shared.html"
    file.write_text(text, encoding="utf-8")
    page, heard = browser.new_page(**options), []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: heard.append("dialog"))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(file.as_uri())
    return page, [item for item in heard if not item.startswith(("file:", "data:"))]


@pytest.mark.browser
def test_pointing_at_a_column_shows_where_it_was_read(browser: Any, tmp_path: Path) -> None:
    page, heard = opened(browser, tmp_path, share_html(result(columns=READ), [picture()]))

    page.hover("tr[data-read='1']")

    assert page.locator("rect.on").count() == 1 and heard == []


@pytest.mark.browser
def test_hostile_content_runs_nothing_in_a_browser(browser: Any, tmp_path: Path) -> None:
    columns = (Evidence(EVIL, EVIL, EVIL, EVIL, 0.5, EVIL, (0, 0, 9, 9)),)
    text = share_html(result(columns=columns, note=EVIL, reason=EVIL), [picture(EVIL)])

    page, heard = opened(browser, tmp_path, text)
    page.wait_for_timeout(300)

    assert heard == [] and page.title()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_nothing_is_wider_than_the_window(browser: Any, tmp_path: Path, width: int) -> None:
    text = share_html(result(columns=READ), [picture()], sample_rows(SHOP))

    page, _ = opened(browser, tmp_path, text, viewport={"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_copy_puts_the_script_on_the_clipboard(browser: Any, tmp_path: Path) -> None:
    page, heard = opened(browser, tmp_path, share_html(result(), []))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    page.click("#copy")
    page.wait_for_selector("text=Copied")

    assert page.evaluate("navigator.clipboard.readText()") == SHOP.strip() and heard == []


@pytest.mark.browser
def test_dark_and_light_differ(browser: Any, tmp_path: Path) -> None:
    text, colours = share_html(result(), []), set()
    for scheme in ("light", "dark"):
        page, _ = opened(browser, tmp_path, text, color_scheme=scheme)
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert len(colours) == 2
