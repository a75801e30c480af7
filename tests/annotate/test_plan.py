"""What would be asked and what it takes, without asking; and the command that says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghost_engine.annotate.commandline import command_line
from ghost_engine.annotate.config import AnnotateConfig, make_annotate_config
from ghost_engine.annotate.plan import Pace, estimate, plan_annotation
from ghost_engine.annotate.selecting import import_pictures, select
from ghost_engine.annotate.start import start_annotation
from ghost_engine.cli import run
from ghost_engine.data.records import NewExample, NewSuggestion, Screenshot
from ghost_engine.data.store import Store
from ghost_engine.errors import AnnotateError, ConfigError, FileError
from tests.annotate.conftest import Filler, picture, quick
from tests.gemini.server import SQL, GeminiServer

PACE = Pace(1_000, 500, 6.0, 1.0, 100)


def test_the_oldest_are_asked_about_but_for_decided_answered_and_missing_ones(
    store: Store, fill: Filler
) -> None:
    first, second, third, fourth = fill(4)
    store.add(NewExample(Screenshot.absent("gone.png")))
    store.suggest(second, NewSuggestion(SQL, "gemini"))
    version = store.get(third).version
    store.decide(third, version=version, sql=SQL, decision="approved", reviewer="ana")
    chosen = select(store, quick())
    assert chosen.ids == (first, fourth)
    assert (chosen.matching, chosen.answered, chosen.missing) == (4, 1, 1)
    assert select(store, quick(again=True, limit=2)).ids == (first, second)


def test_a_folder_of_pictures_is_imported_once(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "screens"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(picture(number))
    (folder / "broken.png").write_bytes(b"no picture")
    made = import_pictures(store, [folder])
    assert (len(made.ids), made.added, len(made.refused)) == (3, 3, 1)
    again = import_pictures(store, [folder])
    assert (again.ids, again.added) == (made.ids, 0)
    with pytest.raises(FileError, match="is not there"):
        import_pictures(store, [tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("limits", "seconds", "bound"),
    [
        ({}, 100 * 6 / 4, "own pace"),
        ({"per_minute": 10}, 9 * 60 + 6, "10 calls a minute"),
        ({"tokens_per_minute": 15_000}, 9 * 60 + 6, "tokens a minute"),
        ({"per_minute": 10, "per_day": 40}, 2 * 86_400 + 6, "40 calls a day"),
    ],
)
def test_the_time_is_that_of_the_tightest_limit(
    limits: dict[str, int], seconds: float, bound: str
) -> None:
    found = estimate(AnnotateConfig(**limits), 100, PACE)  # type: ignore[arg-type]
    assert (found.calls, found.prompt_tokens, found.answer_tokens) == (100, 100_000, 50_000)
    assert found.seconds == seconds and bound in found.bound_by


def test_the_cost_is_gemini_s_price_and_nothing_on_this_machine() -> None:
    assert estimate(AnnotateConfig(model="gemini-2.5-flash"), 100, PACE).cost_usd == pytest.approx(
        0.1 * 0.3 + 0.05 * 2.5
    )
    assert estimate(AnnotateConfig(model="gemini-of-nobody"), 100, PACE).cost_usd is None
    assert estimate(AnnotateConfig(provider="ollama"), 100, PACE).cost_usd == 0


def test_a_start_with_nothing_to_ask_says_why(store: Store, local_gemini: GeminiServer) -> None:
    with pytest.raises(AnnotateError, match="No screenshot waits"):
        start_annotation(store, quick())
    assert not plan_annotation(store, quick()).can_start


def test_gemini_is_asked_no_faster_than_a_free_key_may_unless_somebody_says_so() -> None:
    assert make_annotate_config({}).per_minute == 10
    assert make_annotate_config({"per_minute": None}).per_minute is None
    assert make_annotate_config({"provider": "ollama"}).per_minute is None
    with pytest.raises(ConfigError, match="one engine"):
        make_annotate_config({"provider": "auto"})


def test_the_line_for_a_shell_says_what_differs() -> None:
    config = make_annotate_config({"per_minute": None, "limit": 50, "executes": False})
    line = "ghost annotate --provider gemini --limit 50 --per-minute 0 --fails"
    assert command_line(config) == line
    assert command_line(make_annotate_config({"statuses": ("rejected",)})) == ""


def test_a_dry_run_sends_nothing_and_says_calls_tokens_money_and_hours(
    fill: Filler, local_gemini: GeminiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(3)
    arguments = ["annotate", "--model", "gemini-2.5-flash", "--dry-run", "--json"]
    assert run(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["screenshots"] == 3 and said["ready"] is True
    assert said["calls"] >= 3 and said["tokens"] > 0 and said["cost_usd"] > 0 and said["hours"] > 0
    assert local_gemini.requests == []


@pytest.mark.slow
def test_the_command_asks_and_prints_what_came_of_it(
    fill: Filler, local_gemini: GeminiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(3)
    assert run(["annotate", "--limit", "2", "--model", "gemini-2.0-flash", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["done"], said["failed"], said["skipped"]) == (2, 0, 0)
    assert said["seconds"] > 0 and said["cost_usd"] >= 0 and said["state"] == "finished"
