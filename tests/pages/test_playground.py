"""The playground without a browser: empty, an example to its end, pictures that cannot be used."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

Until = Callable[[AppTest, Callable[[AppTest], bool]], AppTest]


def shown(app: AppTest) -> str:
    blocks = [app.subheader, app.markdown, app.text, app.caption, app.info, app.warning]
    return "\n".join(element.value for block in blocks for element in block)


def drop(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader[0].upload(name, data, "image/png")
    return app.run()


def png(width: int, height: int, colour: str = "white") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_empty_it_offers_a_drop_zone_and_examples(playground: AppTest) -> None:
    assert not playground.exception
    assert playground.file_uploader[0].accept_multiple_files
    assert len([button for button in playground.button if "example-" in button.key]) >= 4


@pytest.mark.parametrize("name", ["guests", "meter_reading", "energy_bill", "matters_dark"])
def test_an_example_ends_in_a_schema_that_runs(
    playground: AppTest, until: Until, name: str
) -> None:
    playground.button(key=f"example-{name}").click().run()
    until(playground, lambda app: len(app.tabs) > 0)

    assert not playground.exception
    assert ":material/check_circle: Runs" in shown(playground)
    assert "OCR and rules, no large model" in shown(playground)
    assert "CREATE TABLE" in playground.session_state["workspace"].sql


def test_an_example_has_a_link_of_its_own(app: AppTest, until: Until) -> None:
    app.query_params["example"] = "guests"
    app.switch_page("../pages/playground.py").run()
    until(app, lambda app: len(app.tabs) > 0)

    assert app.session_state["workspace"].pictures[0].name == "guests.png"


def test_a_text_file_named_png_is_refused_with_the_next_step(playground: AppTest) -> None:
    drop(playground, "notes.png", b"these are my notes, not a picture")

    assert not playground.exception
    assert "notes.png" in shown(playground)
    assert len(playground.file_uploader) == 1


def test_an_empty_file_is_refused(playground: AppTest) -> None:
    drop(playground, "nothing.png", b"")

    assert not playground.exception
    assert "nothing.png" in shown(playground)


def test_a_blank_picture_is_honestly_empty(playground: AppTest, until: Until) -> None:
    drop(playground, "blank.png", png(800, 600))
    until(playground, lambda app: "New screenshot" in [button.label for button in app.button])

    assert not playground.exception
    assert "No schema was found" in shown(playground)
    assert "What to try" in shown(playground)


def test_more_than_eight_pictures_are_too_many(playground: AppTest) -> None:
    files = [(f"{number}.png", png(20, 20), "image/png") for number in range(9)]
    playground.file_uploader[0].set_value(files)
    playground.run()

    assert "9 files were given" in playground.warning[0].value


def test_a_new_screenshot_clears_the_old_one(playground: AppTest, until: Until) -> None:
    drop(playground, "blank.png", png(640, 480))
    until(playground, lambda app: "New screenshot" in [button.label for button in app.button])

    next(b for b in playground.button if b.label == "New screenshot").click().run()

    assert len(playground.file_uploader) == 1
    assert not playground.session_state["workspace"].pictures


def test_cancelling_comes_back_to_the_start(playground: AppTest, until: Until) -> None:
    playground.button(key="example-guests").click().run()
    playground.session_state["workspace"].running.cancel()
    until(playground, lambda app: len(app.file_uploader) == 1)

    assert not playground.exception
    assert not playground.session_state["workspace"].pictures
