"""The Train page without a browser: on a bare machine, and at addresses that lead nowhere."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ghost_engine.jobs.launch import prepare
from ghost_engine.jobs.reading import read_run
from ghost_engine.jobs.records import Run
from ghost_engine.settings import get_settings
from ghost_engine.training.config import load_preset
from ghost_engine.training.readiness import PACKAGES

TRAINING = {*PACKAGES, "unsloth"}
OPEN_PAGE = Callable[..., AppTest]


class Refusal:
    """Finds no package that training needs, as on a machine where none is installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] in TRAINING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of runs of the test's own."""
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    yield tmp_path / "runs"
    get_settings.cache_clear()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where nothing that training needs is installed."""
    find_spec = importlib.util.find_spec
    for name in [name for name in sys.modules if name.partition(".")[0] in TRAINING]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Refusal(), *sys.meta_path])
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name in TRAINING else find_spec(name, package),
    )


@pytest.fixture
def train(app: AppTest) -> OPEN_PAGE:
    """Opens the page at an address."""

    def open_page(**query: str) -> AppTest:
        app.switch_page("../pages/train.py")
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_page


def words(app: AppTest) -> str:
    blocks = [app.subheader, app.markdown, app.caption, app.text, app.info, app.warning, app.code]
    return "\n".join(each.value for block in blocks for each in block).replace("\\", "")


def alarms(app: AppTest) -> list[str]:
    """Everything on the page that is red."""
    said = [each.value for each in [*app.error, *app.exception]]
    return said + [each.value for each in [*app.markdown, *app.caption] if ":red" in each.value]


def test_a_machine_without_gpu_and_packages_is_told_what_to_do_and_nothing_is_red(
    bare: None, train: OPEN_PAGE
) -> None:
    page = train()

    assert not alarms(page)
    assert "requirements-train-cpu.txt" in words(page)

    next(button for button in page.button if button.label == "Use T4").click().run()

    assert not alarms(page)
    for way in ("notebook", "Modal", "make install-gpu"):
        assert way in words(page)
    assert "Use the smoke preset" in [button.label for button in page.button]


@pytest.mark.parametrize("query", [{"run": "no-such-run"}, {"compare": "no-such-run,nor-this"}])
def test_an_address_without_its_run_says_so_and_leads_back(
    train: OPEN_PAGE, query: dict[str, str]
) -> None:
    page = train(**query)
    assert 'There is no run "no-such-run"' in words(page)
    assert not alarms(page)

    (back,) = [button for button in page.button if button.label == "All runs"]
    back.click().run()

    assert not alarms(page)
    assert "no-such-run" not in words(page)
    assert not page.query_params


@pytest.mark.parametrize(
    "name", ["/etc", "../../etc", "..", ".", "a\x00b", "%2e%2e", "💥", "x" * 5000]
)
def test_an_address_cannot_name_a_folder_or_break_the_page(train: OPEN_PAGE, name: str) -> None:
    page = train(run=name)

    assert "There is no run" in words(page)
    assert not alarms(page)


def test_a_path_to_a_real_run_elsewhere_is_not_opened(
    train: OPEN_PAGE, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run()
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "other"))
    get_settings.cache_clear()

    assert "There is no run" in words(train(run=str(run.path)))


def test_a_part_of_an_id_opens_its_run(train: OPEN_PAGE) -> None:
    run = a_run("orchard")

    page = train(run="orchard")

    assert not alarms(page)
    assert run.id in words(page)


def a_run(name: str = "toy") -> Run:
    """A run in state preparing: it has a folder, and nothing of it runs."""
    config = load_preset("smoke")
    return read_run(prepare("train", "ghost_engine.training.worker", config.to_yaml(), name=name))
