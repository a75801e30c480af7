"""Repair and advice under the editor, without a browser."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

Until = Callable[[AppTest, Callable[[AppTest], bool]], AppTest]
BROKEN = "CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20));"


@pytest.fixture
def workbench(playground: AppTest, until: Until) -> AppTest:
    """The playground with a result in it."""
    playground.button(key="example-guests").click().run()
    return until(playground, lambda app: len(app.tabs) > 0)


def write(app: AppTest, sql: str) -> AppTest:
    """As if `sql` had been typed."""
    space = app.session_state["workspace"]
    space.sql = sql
    space.revision += 1
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_a_script_that_fails_can_be_repaired_and_the_repair_undone(workbench: AppTest) -> None:
    write(workbench, BROKEN)
    assert ":material/error: Fails" in words(workbench)

    press(workbench, "Repair")
    assert "Runs after repair" in words(workbench)
    assert "GENERATED" in workbench.session_state["workspace"].sql

    press(workbench, "Undo the repair")
    assert workbench.session_state["workspace"].sql == BROKEN
    assert not workbench.exception


def test_advice_can_be_taken(workbench: AppTest) -> None:
    write(workbench, "CREATE TABLE things (id int PRIMARY KEY, price float);")
    press(workbench, "Fix it")

    assert "price numeric" in workbench.session_state["workspace"].sql
    assert not workbench.exception
