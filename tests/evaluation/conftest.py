"""A small pairs file with pictures, and an engine that answers what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from ghost_engine.inference import registry
from ghost_engine.inference.protocol import CancelToken, Draft, Progress, Question, Readiness

SQL = {
    "orders": "CREATE TABLE orders (id int PRIMARY KEY, total numeric);",
    "users": "CREATE TABLE users (id int PRIMARY KEY, email text);",
    "tags": "CREATE TABLE tags (id int PRIMARY KEY, name text);",
}


class Parrot:
    """Answers each picture, known by its name, from `answers`; remembers what it was asked."""

    name = "parrot"
    title = "Parrot"
    note = ""
    forms = ()
    model: str | None = "parrot-1"

    def __init__(self) -> None:
        self.answers: dict[str, str | Exception] = dict(SQL)
        self.asked: list[str] = []

    def readiness(self, model: str = "") -> Readiness:
        return Readiness(True, "ready")

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Draft]:
        name = question.pictures[0].name.removesuffix(".png")
        self.asked.append(name)
        yield Progress("reading", "Listening")
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        yield Draft(answer, self.model, "p1")


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> Parrot:
    engine = Parrot()
    monkeypatch.setattr(registry, "engines", lambda: (engine,))
    return engine


@pytest.fixture
def pairs_file(tmp_path: Path) -> Path:
    """Three pairs with a picture each; "users" has a hidden column."""
    rows: list[dict[str, object]] = []
    for shade, (name, sql) in enumerate(SQL.items()):
        Image.new("RGB", (64, 48), (shade, 0, 0)).save(tmp_path / f"{name}.png")
        rows.append({"id": name, "image": f"{name}.png", "sql": sql})
    rows[1]["columns"] = [{"table": "users", "column": "email", "class": "hidden"}]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path
