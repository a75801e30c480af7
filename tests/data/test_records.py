"""Records: keys of pictures that are not there, and summaries of what the judge says."""

from __future__ import annotations

from ghost_engine.data.records import Screenshot, Verdict
from ghost_engine.sql import check


def test_a_missing_picture_is_known_by_its_path() -> None:
    first, again = Screenshot.absent("a/b.png"), Screenshot.absent("a/b.png", licence="MIT")
    assert first.key == again.key and first.missing and first.path == "a/b.png"
    assert first.key.startswith("missing:") and first.key != Screenshot.absent("a/c.png").key


def test_a_verdict_sums_up_a_script_that_runs() -> None:
    script = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a, c text);"
    assert Verdict.of(check(script)) == Verdict(True, True, tables=2, foreign_keys=1, columns=3)


def test_a_verdict_names_the_first_error_and_its_line() -> None:
    verdict = Verdict.of(check("CREATE TABLE a (id int);\nCREATE TABLE b (id datetime);"))
    assert (verdict.executes, verdict.parses, verdict.line) == (False, True, 2)
    assert 'type "datetime" does not exist' in verdict.error
