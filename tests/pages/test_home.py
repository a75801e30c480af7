"""Home says what this is and what works here."""

from streamlit.testing.v1 import AppTest

from ghost_engine.doctor import examine


def test_it_lists_every_finding_of_the_doctor(app: AppTest) -> None:
    page = " ".join(element.value for element in app.markdown).replace("\\", "")

    assert not app.exception
    for finding in examine():
        assert finding.name in page


def test_its_one_button_opens_the_playground(app: AppTest) -> None:
    (button,) = app.button

    button.click().run()

    assert not app.exception
    assert len(app.file_uploader) == 1
