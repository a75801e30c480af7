"""The app as AppTest sees it, the repository root on the path as `app/main.py` puts it there."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
# `streamlit run` puts app/ on the path for good. AppTest puts it there for each run and takes it
# away again, and a background thread that imports meanwhile may then miss a folder of the list.
sys.path[:0] = [str(ROOT), str(ROOT / "app")]


@pytest.fixture
def app() -> AppTest:
    """The workbench, freshly opened on its home page."""
    return AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()


@pytest.fixture
def playground(app: AppTest) -> AppTest:
    """The playground, empty."""
    return app.switch_page("../pages/playground.py").run()


@pytest.fixture
def until() -> Callable[[AppTest, Callable[[AppTest], bool]], AppTest]:
    """Reruns an app until something holds: AppTest never fires `run_every` by itself."""

    def wait(app: AppTest, holds: Callable[[AppTest], bool], seconds: float = 60) -> AppTest:
        end = time.monotonic() + seconds
        while not holds(app):
            assert time.monotonic() < end, f"not within {seconds} s; the page says {texts(app)}"
            time.sleep(0.2)
            app.run()
        return app

    return wait


def texts(app: AppTest) -> list[str]:
    """Everything the page says in words."""
    blocks = [app.subheader, app.markdown, app.text, app.caption, app.info, app.warning]
    return [element.value for block in blocks for element in block]
