"""The built-in engine on drawn screens, with the real reader and the real judge."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghost_engine.errors import Cancelled
from ghost_engine.inference.baseline.engine import BaselineEngine
from ghost_engine.inference.protocol import CancelToken, Draft, Evidence, Question, Result
from ghost_engine.inference.run import infer
from ghost_engine.sql.schema import Table

spec = importlib.util.spec_from_file_location("screens", Path(__file__).with_name("screens.py"))
assert spec and spec.loader
screens = importlib.util.module_from_spec(spec)
sys.modules["screens"] = screens
spec.loader.exec_module(screens)

INVOICES = screens.table_screen(
    "Invoices",
    ["Number", "Customer", "Due date", "Amount", "Status"],
    [
        ["INV-001", "Acme Ltd", "2025-01-22", "$1,250.00", "Paid"],
        ["INV-002", "Globex", "2025-02-01", "$310.00", "Draft"],
        ["INV-003", "Initech", "2025-02-14", "$99.50", "Paid"],
        ["INV-004", "Acme Ltd", "2025-03-01", "$640.00", "Paid"],
    ],
)


def table(result: Result, name: str) -> Table:
    assert result.report is not None
    found = result.report.schema.table(name)
    assert found is not None, result.tables
    return found


def types(found: Table) -> dict[str, str]:
    return {column.name: column.type for column in found.columns}


def evidence(result: Result, column: str) -> Evidence:
    return next(item for item in result.columns if item.column == column)


def test_a_table_becomes_a_table_with_types_and_a_lookup() -> None:
    result = infer([INVOICES], "baseline")
    assert result.valid and set(result.tables) == {"customers", "invoices"}
    assert types(table(result, "invoices")) == {
        "id": "bigint",
        "number": "text",
        "customer_id": "bigint",
        "due_date": "date",
        "amount": "numeric(12,2)",
        "status": "text",
    }
    assert table(result, "invoices").foreign_keys[0].target == "customers"
    assert "Draft" in table(result, "invoices").checks[0].expression


def test_every_column_says_where_it_comes_from() -> None:
    result = infer([INVOICES], "baseline")
    amount = evidence(result, "amount")
    assert amount.values == ("$1,250.00", "$310.00", "$99.50", "$640.00")
    assert amount.label == "Amount" and amount.reason and 0.5 < (amount.confidence or 0) <= 1
    x0, y0, x1, y1 = amount.box or (0, 0, 0, 0)
    assert 620 < x0 < 645 and 80 < y0 < 100 and 700 < x1 < 760 and 280 < y1 < 305
    assert {(item.table, item.column) for item in result.columns} == {
        (t.name, c.name) for t in result.report.schema.tables for c in t.columns
    }


def test_a_dark_screen_reads_as_a_light_one() -> None:
    rows = [["Ada", "ada@example.com"], ["Grace", "grace@example.com"], ["Alan", "a@example.com"]]
    result = infer([screens.table_screen("Members", ["Name", "E-mail"], rows, dark=True)])
    assert types(table(result, "members")) == {"id": "bigint", "name": "text", "email": "text"}


def test_a_form_becomes_a_table_and_marked_fields_are_required() -> None:
    fields = [("Name *", "Blue mug"), ("Category", "Kitchen"), ("Price", "12.50"), ("Stock", "40")]
    result = infer([screens.form_screen("Edit product", fields)], "baseline")
    products = table(result, "products")
    assert types(products) == {
        "id": "bigint",
        "name": "text",
        "category_id": "bigint",
        "price": "numeric(12,2)",
        "stock": "integer",
    }
    assert [c.name for c in products.columns if not c.nullable] == ["id", "name"]


def test_a_detail_page_becomes_a_table() -> None:
    pairs = [
        ("Serial number:", "XK-2210"),
        ("Purchased:", "2024-11-05"),
        ("Weight:", "12 kg"),
        ("Location:", "Berlin"),
        ("Warranty:", "Yes"),
    ]
    result = infer([screens.detail_screen("Device details", pairs)], "baseline")
    assert types(table(result, "devices")) == {
        "id": "bigint",
        "serial_number": "text",
        "purchased_on": "date",
        "weight": "numeric",
        "location_id": "bigint",
        "warranty": "boolean",
    }


def test_several_pictures_make_one_schema() -> None:
    fields = [("Number", "INV-001"), ("Discount", "5.00"), ("Notes", "none")]
    result = infer([INVOICES, screens.form_screen("New invoice", fields)], "baseline")
    names = set(types(table(result, "invoices")))
    assert {"number", "amount", "discount", "notes"} <= names and "number_2" not in names
    assert evidence(result, "discount").image == 1


def test_the_same_picture_always_gives_the_same_answer() -> None:
    first, second = (infer([INVOICES], "baseline") for _ in range(2))
    assert (first.sql, first.columns) == (second.sql, second.columns)


def noise(seed: int) -> Image.Image:
    return Image.fromarray(
        np.random.default_rng(seed).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    )


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (500, 400), "white"),
        Image.new("RGB", (500, 400), "black"),
        noise(1),
        Image.linear_gradient("L").resize((600, 300)).convert("RGB"),
        Image.new("RGB", (32, 32), "red"),
        INVOICES.pixels.rotate(90, expand=True),
        INVOICES.pixels.crop((0, 0, 400, 80)),
    ],
)
def test_what_shows_no_data_is_honestly_empty(image: Image.Image) -> None:
    result = infer([screens.picture(image)], "baseline")
    assert result.sql == "" and result.columns == () and result.report is None
    assert result.reason


def test_a_run_tells_its_phases_and_ends_with_one_draft() -> None:
    items = list(BaselineEngine().run(Question((INVOICES,)), CancelToken()))
    assert [item.phase for item in items[:-1]][-2:] == ["understanding", "drafting"]
    assert isinstance(items[-1], Draft) and items[-1].model is None


def test_a_cancelled_run_stops() -> None:
    token = CancelToken()
    token.cancel()
    fresh = screens.table_screen("Teams", ["Name", "Size"], [["A", "1"], ["B", "2"]])
    with pytest.raises(Cancelled):
        list(BaselineEngine().run(Question((fresh,)), token))
