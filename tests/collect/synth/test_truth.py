"""What counts as seen: pages written by hand, rendered by a real Chromium."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from ghost_engine.collect.synth.browser import Camera
from ghost_engine.collect.synth.domain import Domain, load_domain
from ghost_engine.collect.synth.truth import Truth, contrast, find_truth
from ghost_engine.sql.validate import check

CLINIC = load_domain("clinic")
LABEL = '<span data-gl="patients.{0}">{0}</span>'
NAME = LABEL.format("last_name")


def truth_of(body: str, scale: int = 1, domain: Domain = CLINIC) -> Truth:
    async def shoot() -> Truth:
        async with Camera(1) as camera:
            html = f"<!doctype html><body style='font:16px sans-serif;margin:8px'>{body}"
            shot = await camera.shoot(html, 600, 400, scale)
        picture = np.asarray(Image.open(io.BytesIO(shot.png)).convert("RGB"))
        assert picture.shape == (400 * scale, 600 * scale, 3)
        return find_truth(domain, shot.marks, picture)

    with ThreadPoolExecutor(1) as pool:  # the browser tests leave a loop in the main thread
        return pool.submit(lambda: asyncio.run(shoot())).result()


def visible(truth: Truth) -> set[str]:
    return {f"{c.table}.{c.column}" for c in truth.columns if c.visible == "visible"}


def structural(truth: Truth) -> set[str]:
    return {f"{c.table}.{c.column}" for c in truth.columns if c.visible == "structural"}


def test_a_label_or_a_value_makes_its_column_visible_and_the_key_structural() -> None:
    truth = truth_of(f'{NAME}<p data-gt="patients.city">Leeds</p>')

    assert visible(truth) == {"patients.last_name", "patients.city"}
    assert structural(truth) == {"patients.id"}
    assert check(truth.sql).valid


HIDDEN = {
    "display none": "display:none",
    "visibility": "visibility:hidden",
    "transparent": "opacity:0",
    "below the screen": "position:absolute;top:900px",
    "half off the screen": "position:absolute;left:570px",
    "same colour": "color:#fff",
    "hardly another colour": "color:#e4e4e4",
    "no size": "font-size:0",
}


@pytest.mark.parametrize("style", HIDDEN.values(), ids=list(HIDDEN))
def test_what_cannot_be_read_is_not_there(style: str) -> None:
    hidden = f'<span style="{style}" data-gl="patients.birth_date">Date of birth</span>'
    assert visible(truth_of(NAME + hidden)) == {"patients.last_name"}


def test_a_label_cut_off_by_its_box_is_not_there() -> None:
    cut = (
        '<div style="width:60px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis">'
        f'<span data-gl="patients.birth_date">Date of birth and more</span></div>{NAME}'
    )
    assert visible(truth_of(cut)) == {"patients.last_name"}


def test_what_something_covers_is_not_there() -> None:
    cover = '<div style="position:fixed;left:0;top:40px;width:600px;height:99px;background:#fff">'
    body = f'{NAME}<p style="position:absolute;top:50px" data-gt="patients.city">Leeds</p>{cover}'
    assert visible(truth_of(body)) == {"patients.last_name"}


def test_a_value_in_a_field_counts_and_an_empty_field_does_not() -> None:
    body = (
        f'{NAME}<input data-gt="patients.city" value="Leeds">'
        '<input data-gt="patients.phone" value="" style="border:0">'
    )
    assert visible(truth_of(body)) == {"patients.last_name", "patients.city"}


def test_a_reference_brings_its_key_and_the_name_behind_it() -> None:
    body = (
        f'{NAME}<span data-gl="patients.doctor_id">Doctor</span>'
        '<p data-gt="doctors.last_name" data-via="patients.doctor_id">Lee</p>'
    )
    truth = truth_of(body)

    assert visible(truth) == {"patients.last_name", "patients.doctor_id", "doctors.last_name"}
    assert structural(truth) == {"patients.id", "doctors.id"}
    assert "REFERENCES doctors (id)" in truth.sql


def test_an_empty_select_still_refers_to_something_with_a_name() -> None:
    truth = truth_of(f'{NAME}<span data-gl="patients.insurer_id">Insurance</span>')

    assert truth.tables == {"insurers": "structural", "patients": "visible"}
    assert structural(truth) == {"patients.id", "insurers.id", "insurers.name"}


def test_a_count_of_rows_proves_their_table_and_its_key() -> None:
    truth = truth_of(
        f'{NAME}<span data-gc="appointments" data-via="appointments.patient_id">Appointments</span>'
    )
    assert "appointments.patient_id" in structural(truth)
    assert truth.tables["appointments"] == "visible"


def test_only_enum_values_on_the_screen_are_in_the_type() -> None:
    cell = '<p data-gt="appointments.status" data-gv="{0}">{0}</p>'
    two = truth_of(cell.format("scheduled") + cell.format("no_show")).sql
    one = truth_of(cell.format("completed")).sql

    assert "AS ENUM ('scheduled', 'no_show')" in two
    assert "ENUM" not in one and "status text NOT NULL" in one and "DEFAULT" not in one


def test_a_key_nobody_sees_gets_the_form_nobody_has_to_guess() -> None:
    hotel = load_domain("hotel")
    name, number = (
        f'<span data-gl="rooms.{column}">{column}</span>' for column in ("floor", "number")
    )
    unseen, seen = truth_of(name, domain=hotel), truth_of(name + number, domain=hotel)

    assert "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY" in unseen.sql
    assert {c.column for c in unseen.columns} == {"id", "floor"}
    assert "number" in seen.sql and "id bigint" not in seen.sql
    assert check(unseen.sql).valid and check(seen.sql).valid


def test_boxes_and_labels_are_where_they_stand_in_the_picture() -> None:
    body = f'<div style="position:absolute;left:100px;top:50px">{NAME}</div>'
    once, twice = truth_of(body).columns, truth_of(body, scale=2).columns
    (one,) = [column for column in once if column.label]
    (two,) = [column for column in twice if column.label]

    assert one.label == "last_name" and one.box is not None and two.box is not None
    assert abs(one.box[0] - 100) <= 1 and 48 <= one.box[1] <= 56
    assert all(abs(b - 2 * a) <= 2 for a, b in zip(one.box, two.box, strict=True))


def test_contrast_is_that_of_wcag() -> None:
    picture = np.full((20, 20, 3), 255, np.uint8)
    picture[5:15, 5:15] = 0

    assert contrast(picture, (0, 0, 20, 20)) == pytest.approx(21, abs=0.1)
    assert contrast(picture, (0, 0, 4, 4)) == 1.0
    assert contrast(picture, (30, 30, 40, 40)) == 1.0
