"""The line to copy asks for the very export it was written for; one click is one export."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.cli import run
from ghost_engine.export import KIND
from ghost_engine.export.clicks import same_click
from ghost_engine.export.commandline import command_line, ollama_lines, server_line
from ghost_engine.export.plan import plan_export
from ghost_engine.export.subject import find_subject
from ghost_engine.jobs.launch import prepare
from ghost_engine.jobs.reading import read_run
from ghost_engine.settings import get_settings

BASE = "unsloth/gemma-3-12b-it"
CASES: list[dict[str, Any]] = [
    {},
    {"quants": ("q8_0", "bf16"), "name": "mine"},
    {"out": "/tmp/two words", "keep_merged": True, "download": True, "replace": True},
    {"base": "unsloth/gemma-3-4b-it", "from_nf4": True},
    {"ollama": "team/mine:latest", "ollama_url": "http://127.0.0.1:1"},
]


@pytest.fixture(autouse=True)
def runs_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def adapter(tmp_path: Path) -> str:
    """A folder that says what it belongs to; its name has to be quoted."""
    folder = tmp_path / "my adapter"
    folder.mkdir()
    settings = {"peft_type": "LORA", "r": 4, "base_model_name_or_path": BASE}
    (folder / "adapter_config.json").write_text(json.dumps(settings), "utf-8")
    (folder / "adapter_model.safetensors").write_bytes(b"")
    return str(folder)


@pytest.mark.parametrize("values", CASES, ids=lambda values: "-".join(values) or "defaults")
def test_the_line_read_by_the_command_line_asks_for_the_same_export(
    values: dict[str, Any], adapter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, seen = find_subject(adapter, **values), []

    def plan(config: Any) -> Any:
        seen.append(config)
        return plan_export(config)

    monkeypatch.setattr("ghost_engine.export.plan.plan_export", plan)
    line = shlex.split(command_line(config, adapter, named_base=BASE))
    assert line[:2] == ["ghost", "export"]
    run([*line[1:], "--plan", "--json"])
    assert seen == [config]


def test_only_what_differs_from_the_defaults_is_said(adapter: str) -> None:
    line = command_line(find_subject(adapter), "a-run", named_base=BASE)
    assert line == "ghost export a-run"


def test_lines_for_ollama_and_llama_cpp_are_quoted(tmp_path: Path) -> None:
    folder = tmp_path / "it's here"
    create, ask = ollama_lines(folder, "mine").splitlines()
    assert shlex.split(create) == ["ollama", "create", "mine", "-f", f"{folder}/Modelfile"]
    assert shlex.split(ask)[:3] == ["ollama", "run", "mine"] and "./screenshot.png" in ask
    assert ollama_lines(folder, "mine", created=True) == ask
    assert shlex.split(server_line(folder / "t.gguf", folder / "m.gguf"))[4] == f"{folder}/m.gguf"


def test_the_same_wish_is_the_same_click_until_the_adapter_changes(adapter: str) -> None:
    config = find_subject(adapter)
    first = same_click(config)
    assert first.run is None and same_click(config) == first
    assert same_click(config.model_copy(update={"name": "other"})).request != first.request
    (Path(adapter) / "adapter_model.safetensors").write_bytes(b"trained on")
    assert same_click(config).request != first.request


def test_a_click_means_the_export_at_work_and_another_once_it_has_ended(adapter: str) -> None:
    config = find_subject(adapter)
    request = same_click(config).request
    job = read_run(prepare(KIND, "toy", config.to_yaml(), request=request))
    click = same_click(config)
    assert click.run is not None and (click.run.id, click.request) == (job.id, request)
    ended = replace(
        job,
        job=replace(job.job, created=job.job.created.replace(year=2020)),
        status=replace(job.status, state="finished"),
    )
    assert same_click(config, [ended]).request == request[:-1] + "2"
