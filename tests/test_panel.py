"""What `ghost infer` says of a model's result."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from ghost_engine.cli.panel import facts, show, verdict
from ghost_engine.inference.protocol import Draft, Options, Result, Usage
from ghost_engine.inference.run import infer
from tests.inference.spoken import BAD, GOOD, PICTURE, Spoken

MENDED = "CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY);"


def drawn(result: Result) -> str:
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=100, color_system="standard")
    show(result, "a[b].png", console=console)
    return page.getvalue()


def test_a_verdict_is_the_word_of_the_pages() -> None:
    assert verdict(infer([PICTURE], Spoken([GOOD]))) == "runs"
    assert verdict(infer([PICTURE], Spoken([MENDED]))) == "runs after repair"
    assert verdict(infer([PICTURE], Spoken([BAD]))) == "fails"
    assert verdict(infer([PICTURE], Spoken([""]))) == "not checked"


def test_the_panel_shows_the_sql_in_colours_and_the_verdict_in_words() -> None:
    page = drawn(infer([PICTURE], Spoken([GOOD])))
    assert "✓ runs" in page and "a[b].png" in page
    assert "\x1b[94;49mCREATE" in page and "Tables" in page


def test_what_fails_is_told_with_its_place() -> None:
    page = drawn(infer([PICTURE], Spoken([BAD])))
    assert "✗ fails" in page and "line 1: CREATE TABLE ... AS runs a query" in page


def test_time_tokens_attempts_and_cost_are_told() -> None:
    draft = Draft(BAD, "tiny", usage=Usage(900, 41, 1.0, 3.0, 0.0005))
    better = Draft(GOOD, "tiny", usage=Usage(950, 61, 0.5, 2.0, 0.0007))
    said = dict(facts(infer([PICTURE], Spoken([draft, better]))))
    assert said["Engine"] == "Spoken engine, tiny (for tests)"
    assert said["Tokens"] == "102 written, 1,850 read, 30.0 tokens/s"  # 40 in 2 s, 60 in 1.5 s
    assert said["Attempts"] == "draft: 1 error, then asked again: runs"
    assert said["Cost"] == "$0.0012" and said["Time"].endswith("first token after 1.0 s")


def test_agreement_and_form_are_told_where_there_are_any() -> None:
    result = infer([PICTURE], Spoken([GOOD]), Options(form="json", samples=2))
    said = dict(facts(result))
    assert said["Agreement"] == "100% between the answers" and ", as json " in said["Engine"]
    assert "Tokens" not in dict(facts(replace(result, usage=None)))
