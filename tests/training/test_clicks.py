"""Two tabs and a double click are one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ghost_engine.jobs.launch import abandon, prepare
from ghost_engine.jobs.reading import list_runs, read_run
from ghost_engine.jobs.records import Run
from ghost_engine.settings import get_settings
from ghost_engine.training.clicks import SAME_CLICK_SECONDS, same_click
from ghost_engine.training.config import load_preset

SMOKE = load_preset("smoke")


@pytest.fixture(autouse=True)
def runs_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def prepared(request: str) -> Run:
    return read_run(prepare("train", "toy", SMOKE.to_yaml(), request=request))


def old(run: Run, state: str = "finished") -> Run:
    job = replace(run.job, created=run.job.created - timedelta(seconds=SAME_CLICK_SECONDS + 1))
    return replace(run, job=job, status=replace(run.status, state=state))  # type: ignore[arg-type]


def test_the_same_settings_are_the_same_click_in_every_tab() -> None:
    first, second = same_click(SMOKE), same_click(SMOKE)

    assert first == second and first.run is None


def test_while_the_run_goes_the_click_is_its_own() -> None:
    click = same_click(SMOKE)
    run = prepared(click.request)

    again = same_click(SMOKE)

    assert again.request == click.request and again.run is not None and again.run.id == run.id
    abandon(run.folder)


def test_once_it_has_ended_a_click_is_another_run_even_if_an_older_one_was_deleted() -> None:
    click = same_click(SMOKE)
    run = prepared(click.request)
    second = replace(old(run), job=replace(old(run).job, request=f"{click.request[:-1]}7"))

    assert same_click(SMOKE, runs=[run]).run is run
    assert same_click(SMOKE, runs=[old(run, "running")]).run is not None
    assert same_click(SMOKE, runs=[old(run)]).request == f"{click.request[:-1]}2"
    assert same_click(SMOKE, runs=[second]).request == f"{click.request[:-1]}8"
    abandon(run.folder)


def test_another_setting_name_or_dataset_is_another_click(tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text("[]")
    named = SMOKE.changed(dataset=str(data))
    clicks = [same_click(SMOKE), same_click(SMOKE, name="b"), same_click(SMOKE.changed(seed=1))]
    clicks.append(same_click(named))
    data.write_text("[1]")
    clicks.append(same_click(named))

    assert len({click.request for click in clicks}) == 5
    assert list_runs() == []
